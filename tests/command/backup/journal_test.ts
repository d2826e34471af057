import { assertEquals, assertRejects } from "@std/assert";
import {
  type Journal,
  JOURNAL_NAME,
  journalFrames,
  journalStage,
  openJournal,
  readJournal,
} from "../../../src/command/backup/journal.ts";
import { BackRestError } from "../../../src/error.ts";
import type { FileData } from "../../../src/repository/manifest/file_data.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";
import { joinChunks } from "../../../src/stream/chunk.ts";
import type { Appender, Chunk, Source } from "../../../src/storage/storage.ts";

const DEFAULTS = { user: "postgres", group: "postgres", mode: 0o600 };
const DATA: FileData = {
  size: 8192,
  time: 1795332490,
  checksum: "587b596f04f7db9c2cad3d6b87dd2b3a05de4f35",
  repoSize: 99,
  repoChecksum: "b8b3ecfaf3ed3d6865df5807d66c5fd8cde3289e",
};
const FILES = ["pg_data/base/1/1259", "pg_data/it's = odd ä", "pg_tblspc/1/PG_15_202209061/5/1"];

function memory(): { appender: Appender; bytes(): Chunk; syncs(): number } {
  const chunks: Chunk[] = [];
  let syncs = 0;
  return {
    appender: {
      append: (chunk) => Promise.resolve(void chunks.push(chunk)),
      sync: () => Promise.resolve(void syncs++),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    bytes: () => joinChunks(chunks),
    syncs: () => syncs,
  };
}

function sourceOf(bytes: Chunk, piece: number): Source {
  let at = 0;
  return {
    next() {
      const chunk = bytes.slice(at, at += piece);
      return chunk.length === 0 ? undefined : chunk;
    },
    reread: (offset, length) => bytes.slice(offset, offset + length),
    [Symbol.dispose]: () => {},
  };
}

async function read(bytes: Chunk, passphrase?: string, piece = 1000): Promise<Record<string, FileData>> {
  const found: Record<string, FileData> = {};
  for await (const { name, data } of readJournal(sourceOf(bytes, piece), passphrase)) {
    found[new TextDecoder().decode(name)] = data;
  }
  return found;
}

async function write(passphrase: string | undefined): Promise<{ bytes: Chunk; frames: number }> {
  const store = memory();
  const journal: Journal = openJournal(store.appender, { defaults: DEFAULTS, passphrase, now: 0, threshold: 1000 });
  for (const [i, name] of FILES.entries()) {
    journal.add(name, DATA);
    await journal.sync(i * 5000, 0);
  }
  await journal.sync(60_000, 0);
  return { bytes: store.bytes(), frames: store.syncs() };
}

Deno.test("the name of the journal is that of an interrupted write", () => {
  assertEquals(JOURNAL_NAME.endsWith(".pgbackrest.tmp"), true);
});

for (const passphrase of [undefined, "secret"]) {
  const kind = passphrase === undefined ? "plain" : "encrypted";
  Deno.test(`a ${kind} journal reads back what was noted, in pieces of any size`, async () => {
    const { bytes } = await write(passphrase);
    for (const piece of [1, 7, 1000]) {
      assertEquals(await read(bytes, passphrase, piece), Object.fromEntries(FILES.map((name) => [name, DATA])));
    }
    assertEquals(new TextDecoder().decode(bytes).includes("1259"), passphrase === undefined);
  });

  Deno.test(`a ${kind} journal cut at any byte gives whole frames and no error`, async () => {
    const { bytes } = await write(passphrase);
    const counts = new Set<number>();
    for (let length = 0; length < bytes.length; length++) {
      const found = Object.keys(await read(bytes.slice(0, length), passphrase));
      assertEquals(found, FILES.slice(0, found.length));
      counts.add(found.length);
    }
    assertEquals([...counts], [0, 2]);
  });
}

Deno.test("a journal is synced after some seconds or many bytes, not for every file", async () => {
  const store = memory();
  const journal = openJournal(store.appender, { defaults: DEFAULTS, now: 0, threshold: 1000 });
  const step = async (now: number, bytes: number) => {
    journal.add("pg_data/f", DATA);
    await journal.sync(now, bytes);
    return store.syncs();
  };
  assertEquals([
    await step(100, 10),
    await step(4999, 999),
    await step(5000, 999),
    await step(5001, 1998),
    await step(5002, 1999),
  ], [0, 0, 1, 1, 2]);
});

Deno.test("garbage is no journal", async () => {
  for (const text of ["", "x", "99999999\n", "123456789012345\n", "5\nabcde", "-1\nx"]) {
    assertEquals(await read(new TextEncoder().encode(text)), {});
  }
});

Deno.test("all files of a table can be noted at once", async () => {
  const table = new FileTable({ defaults: DEFAULTS });
  for (let i = 0; i < 12_000; i++) table.append(`pg_data/base/1/${i}`, DATA);
  const frames: Chunk[] = [];
  for await (const frame of journalFrames(table, { defaults: DEFAULTS })) frames.push(frame);
  assertEquals([frames.length, Object.keys(await read(joinChunks(frames), undefined, 100_000)).length], [3, 12_000]);
});

/** What the stage makes of a journal that comes in pieces. */
async function staged(bytes: Chunk, passphrase: string, way: "encrypt" | "decrypt"): Promise<Chunk> {
  const out: Chunk[] = [];
  const stage = journalStage(passphrase, way);
  for (let at = 0; at < bytes.length; at += 100) {
    await stage.push(bytes.slice(at, at + 100), (chunk) => void out.push(chunk));
  }
  await stage.flush((chunk) => void out.push(chunk));
  return joinChunks(out);
}

Deno.test("for somebody without the passphrase frames are encrypted and decrypted as they go by", async () => {
  const { bytes: plain } = await write(undefined);
  const encrypted = await staged(plain, "secret", "encrypt");
  assertEquals(Object.keys(await read(encrypted, "secret")), FILES);
  assertEquals(await staged(encrypted, "secret", "decrypt"), plain);
});

Deno.test("nothing but lines of files comes out of a journal for somebody without the passphrase", async () => {
  const frame = (text: string) => new TextEncoder().encode(`${text.length}\n${text}`);
  const encrypted = await staged(frame('cipher-pass="of the set"\n'), "secret", "encrypt");
  const error = await assertRejects(() => staged(encrypted, "secret", "decrypt"), BackRestError);
  assertEquals(error.kind, "format");
});
