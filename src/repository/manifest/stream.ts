import { InfoParser, type Pieces } from "../info/container_read.ts";
import { sectionFields, textOf } from "../info/fields.ts";
import { streamHash } from "../info/text_hash.ts";
import { compareRaw, decodeRaw } from "../raw_text.ts";
import { fail } from "../../error.ts";
import type { FileEntry } from "./file_data.ts";
import { FileLineReader } from "./file_line_read.ts";
import type { ManifestHeader } from "./header.ts";
import { readHeader } from "./header_read.ts";
import { FILE_SECTION } from "./manifest.ts";

/** A manifest that is read once from beginning to end and never held. */
export interface ManifestStream {
  /** Who saved the manifest. */
  writer: string;
  /** What stands before the files. */
  header: ManifestHeader;
  /**
   * The files in byte order of their names, in batches; owner and mode only where they differ from the defaults, which stand
   * behind the files. To be read to the end: only then is the checksum proven (error 26), so nothing may become final before.
   */
  files: AsyncGenerator<FileEntry[]>;
}

/**
 * Begins to read a manifest (decrypted) as a stream, for a join with another one. Error 29 where it is malformed, also where its
 * files are not in byte order.
 */
export async function openManifestStream(pieces: Pieces, { file }: { file: string }): Promise<ManifestStream> {
  const lines = new FileLineReader();
  let batch: FileEntry[] | undefined;
  const reader = {
    section: FILE_SECTION,
    read(line: Uint8Array): number {
      const { equals, data } = lines.read(line);
      (batch ??= []).push({ name: decodeRaw(line.subarray(0, equals)), ...data });
      return equals;
    },
  };
  const parser = new InfoParser({ file, hash: await streamHash(), reader });
  const batches = readBatches(pieces, {
    parser,
    take: () => {
      const taken = batch;
      batch = undefined;
      return taken;
    },
  });
  const first = await batches.next();
  return {
    writer: textOf(sectionFields(parser.sections, { section: "backrest", file }), "backrest-version"),
    header: readHeader(parser.sections, { file }),
    files: inOrder(first.done ? [] : [first.value], { rest: batches, file }),
  };
}

async function* readBatches(
  pieces: Pieces,
  { parser, take }: { parser: InfoParser; take: () => FileEntry[] | undefined },
): AsyncGenerator<FileEntry[]> {
  for await (const piece of pieces) {
    parser.push(piece);
    const batch = take();
    if (batch !== undefined) yield batch;
  }
  await parser.finish();
  const batch = take();
  if (batch !== undefined) yield batch;
}

/** Proves the order of the files, and of files with one name hands on only the last. */
async function* inOrder(
  first: FileEntry[][],
  { rest, file }: { rest: AsyncGenerator<FileEntry[]>; file: string },
): AsyncGenerator<FileEntry[]> {
  let held: FileEntry | undefined;
  for await (const batch of concatenated(first, rest)) {
    const ordered: FileEntry[] = [];
    for (const entry of batch) {
      const order = held === undefined ? -1 : compareRaw(held.name, entry.name);
      if (order > 0) fail("format", `files of '${file}' are not in byte order at '${entry.name}'`, { file });
      if (order < 0 && held !== undefined) ordered.push(held);
      held = entry;
    }
    if (ordered.length > 0) yield ordered;
  }
  if (held !== undefined) yield [held];
}

async function* concatenated<T>(first: T[], rest: AsyncGenerator<T>): AsyncGenerator<T> {
  yield* first;
  yield* rest;
}
