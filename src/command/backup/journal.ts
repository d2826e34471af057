import { formatFileValue } from "../../repository/manifest/file_line_write.ts";
import { FileLineReader } from "../../repository/manifest/file_line_read.ts";
import type { FileData, OwnerDefaults } from "../../repository/manifest/file_data.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import { encodeRaw } from "../../repository/raw_text.ts";
import { decryptStages, encryptStages, keyServices } from "../../repository/repository.ts";
import type { Appender, Chunk, Source } from "../../storage/storage.ts";
import { joinChunks } from "../../stream/chunk.ts";
import type { Stage } from "../../stream/stage.ts";
import { fail } from "../../error.ts";

/**
 * The files of a backup that are finished while the backup is not: lines as they stand in a manifest, in frames of
 * `<length>\n<bytes>`, each frame encrypted for itself like the manifest where the repository is. Both peers take the
 * name for that of an interrupted write. A frame that was cut off by a crash is the end.
 */
export const JOURNAL_NAME = "backup.manifest.journal.pgbackrest.tmp";

/** A journal that is being written. Disposing closes it; what was not synced may be lost in a crash, no more. */
export interface Journal extends AsyncDisposable {
  /** Notes a finished file. */
  add(name: string, data: FileData): void;
  /** Writes and syncs what was noted, when the last time is some seconds or many bytes ago. */
  sync(now: number, bytes: number): Promise<void>;
}

/** How seldom the journal is synced, in milliseconds. */
const INTERVAL = 5000;

/** What a journal needs to know. */
export interface JournalOptions {
  /** Those of the manifest. */
  defaults: OwnerDefaults;
  passphrase?: string | undefined;
  /** Epoch milliseconds. */
  now: number;
  /** Bytes that may be copied between two syncs. */
  threshold: number;
}

/** Makes a journal over an open file. */
export function openJournal(appender: Appender, { defaults, passphrase, now, threshold }: JournalOptions): Journal {
  let lines: string[] = [];
  let last = { time: now, bytes: 0 };
  return {
    add: (name, data) => void lines.push(journalLine(name, data, defaults)),
    async sync(time, bytes) {
      if (lines.length === 0 || time - last.time < INTERVAL && bytes - last.bytes < threshold) return;
      const taken = lines;
      [lines, last] = [[], { time, bytes }];
      await appender.append(await frame(encodeRaw(taken.join("")), passphrase));
      await appender.sync();
    },
    [Symbol.asyncDispose]: () => appender[Symbol.asyncDispose](),
  };
}

/** Files of a frame when many are written at once. */
const FILES_PER_FRAME = 5000;

/** The frames of a journal that notes all files of a table. */
export async function* journalFrames(
  files: FileTable,
  { defaults, passphrase }: Pick<JournalOptions, "defaults" | "passphrase">,
): AsyncGenerator<Chunk> {
  let lines: string[] = [];
  for (const row of files.rows()) {
    lines.push(journalLine(files.name(row), files.stored(row), defaults));
    if (lines.length < FILES_PER_FRAME) continue;
    yield await frame(encodeRaw(lines.join("")), passphrase);
    lines = [];
  }
  if (lines.length > 0) yield await frame(encodeRaw(lines.join("")), passphrase);
}

function journalLine(name: string, data: FileData, defaults: OwnerDefaults): string {
  return `${name}=${formatFileValue(data, defaults)}\n`;
}

async function frame(plain: Chunk, passphrase: string | undefined): Promise<Chunk> {
  return framed(passphrase === undefined ? plain : await cipher(plain, passphrase, "encrypt"));
}

function framed(body: Chunk): Chunk {
  return joinChunks([new TextEncoder().encode(`${body.length}\n`), body]);
}

async function cipher(bytes: Chunk, passphrase: string, way: "encrypt" | "decrypt"): Promise<Chunk> {
  const { runOnce } = await import("../../stream/pipeline.ts");
  const stages = way === "encrypt" ? encryptStages(passphrase, "backupInfo") : decryptStages(passphrase, "backupInfo");
  return joinChunks((await runOnce(stages, bytes, keyServices(passphrase))).bytes);
}

/**
 * Encrypts the frames that go by, or decrypts them: for somebody who has no passphrase and handles plain ones. Nothing but
 * lines of files comes out of a journal (error 29 for anything else): the same passphrase protects manifests.
 */
export function journalStage(passphrase: string, way: "encrypt" | "decrypt"): Stage {
  let rest: Chunk = new Uint8Array(0);
  const lines = new FileLineReader();
  return {
    async push(chunk, emit) {
      rest = joinChunks([rest, chunk]);
      for (let found = nextFrame(rest); found !== undefined; found = nextFrame(rest)) {
        if (found === "none") fail("format", "the journal is damaged");
        rest = rest.slice(found.end);
        const body = await cipher(found.body, passphrase, way);
        if (way === "decrypt") checkLines(body, lines);
        emit(framed(body));
      }
    },
    // What is left is a frame that was cut off by a crash.
    flush: () => {},
  };
}

function checkLines(body: Chunk, lines: FileLineReader): void {
  for (let start = 0; start < body.length;) {
    const end = body.indexOf(0x0a, start);
    const line = body.subarray(start, end < 0 ? body.length : end);
    lines.read(line);
    start += line.length + 1;
  }
}

/** A file of a journal: its name as bytes and what is known of it; owner and mode are left to the manifest. */
export interface JournalEntry {
  name: Uint8Array;
  data: FileData;
}

/** Reads a journal up to its last whole frame. What cannot be read ends it: a journal only ever saves work. */
export async function* readJournal(source: Source, passphrase?: string): AsyncGenerator<JournalEntry> {
  const lines = new FileLineReader();
  for await (const body of frames(source)) {
    let plain: Uint8Array;
    try {
      plain = passphrase === undefined ? body : await cipher(body, passphrase, "decrypt");
      for (let start = 0; start < plain.length;) {
        const end = plain.indexOf(0x0a, start);
        const line = plain.subarray(start, end < 0 ? plain.length : end);
        const { equals, data } = lines.read(line);
        yield { name: line.subarray(0, equals), data };
        start += line.length + 1;
      }
    } catch {
      return;
    }
  }
}

/** Frames longer than this are no frames of ours. */
const FRAME_MAX = 64 * 1024 * 1024;

async function* frames(source: Source): AsyncGenerator<Chunk> {
  let rest: Chunk = new Uint8Array(0);
  for (;;) {
    const found = nextFrame(rest);
    if (found === "none") return;
    if (found !== undefined) {
      yield found.body;
      rest = rest.slice(found.end);
      continue;
    }
    const chunk = await source.next();
    if (chunk === undefined) return;
    rest = joinChunks([rest, chunk]);
  }
}

/** The first frame of some bytes and where it ends; undefined until more of it is there, `none` when it is no frame. */
function nextFrame(bytes: Chunk): { body: Chunk; end: number } | "none" | undefined {
  const head = /^([0-9]{1,8})\n/.exec(new TextDecoder().decode(bytes.subarray(0, 10)));
  if (head === null) return bytes.length < 10 ? undefined : "none";
  const length = Number(head[1]);
  if (length > FRAME_MAX) return "none";
  const end = head[0].length + length;
  return bytes.length < end ? undefined : { body: bytes.slice(head[0].length, end), end };
}
