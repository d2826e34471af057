import { assertEquals } from "@std/assert";
import type { CopyFile, CopySettings } from "../../../src/command/backup/copy_job.ts";
import { copyFile } from "../../../src/command/backup/copy_file.ts";
import { Bundle } from "../../../src/command/backup/target.ts";
import { BackRestError, fromRecord } from "../../../src/error.ts";
import type { JobServices } from "../../../src/process/job.ts";
import { withRetry } from "../../../src/process/worker.ts";
import { EMPTY_SHA1 } from "../../../src/repository/manifest/file_data.ts";
import { posixStorage } from "../../../src/storage/posix.ts";
import type { Source, Storage } from "../../../src/storage/storage.ts";
import { mixture } from "../../stream/samples.ts";

const SETTINGS: CopySettings = {
  repoKey: 1,
  pgKey: 1,
  pgPath: "/nowhere",
  pageSize: 8192,
  segmentPages: 131072,
  headerCheck: true,
  folder: "label",
  compressType: "none",
  compressLevel: 0,
  bundling: true,
  raw: false,
  delta: false,
  reference: 0,
  superSize: 0,
};

const SERVICES = {
  signal: new AbortController().signal,
  checkCancelled: () => {},
  progress: () => {},
  attempt: async <T>(part: () => Promise<T>) => {
    const rule = { count: 2, interval: 0 };
    const { result, error } = await withRetry(part, rule, { signal: SERVICES.signal, beforeRetry: () => {} });
    if (error !== undefined) throw fromRecord(error);
    return result as T;
  },
} as unknown as JobServices;

/** A folder whose files come in pieces, and where the `nth` piece that is asked for cannot be read. */
function failingOnce(files: Record<string, Uint8Array<ArrayBuffer>>, nth: number): Storage {
  let asked = 0;
  const read = (path: string): Promise<Source> => {
    const bytes = files[path]!;
    let at = 0;
    return Promise.resolve({
      next() {
        if (++asked === nth) throw new BackRestError("fileRead", "disk", { retry: true });
        const chunk = bytes.slice(at, at += 200_000);
        return chunk.length === 0 ? undefined : chunk;
      },
      reread: (offset, length) => bytes.slice(offset, offset + length),
      [Symbol.dispose]: () => {},
    });
  };
  return { can: { stages: false }, read } as unknown as Storage;
}

Deno.test("a file that fails in the middle leaves slack in its bundle and comes whole behind it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = { a: mixture(1000, 1), b: mixture(2_000_000, 2), c: mixture(500, 3) };
    const repository = { key: 1, stanza: "demo", storage: posixStorage(folder) };
    await using target = new Bundle(repository.storage, { folder: "label", id: 1 });
    // a takes two pieces and the look for the end; b fails at its eighth, when more than a mebibyte is on its way.
    const source = failingOnce(files, 10);
    const places: { offset: number; size: number }[] = [];
    for (const [row, name] of Object.keys(files).entries()) {
      const file: CopyFile = { row, name, size: files[name as "a"].length, limit: false };
      const copied = await SERVICES.attempt(
        () => copyFile(file, { settings: SETTINGS, repository, source, target, services: SERVICES }),
        target,
      );
      places.push({ offset: copied.bundle!.offset, size: copied.size });
    }
    await target.commit();
    const bundle = Deno.readFileSync(`${folder}/label/bundle/1`);
    const [a, b, c] = places;
    assertEquals(a, { offset: 0, size: 1000 });
    assertEquals([b!.offset > 1000, c!.offset], [true, b!.offset + 2_000_000]);
    for (const [i, bytes] of Object.values(files).entries()) {
      const { offset, size } = places[i]!;
      assertEquals(bundle.slice(offset, offset + size), bytes);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a file that has become empty since it was listed is not stored at all", async () => {
  const repository = { key: 1, stanza: "demo", storage: {} as Storage };
  await using target = new Bundle(repository.storage, { folder: "label", id: 1 });
  const source = failingOnce({ a: new Uint8Array(0) }, 0);
  const file: CopyFile = { row: 3, name: "a", size: 77, limit: true };
  const tools = { settings: SETTINGS, repository, source, target, services: SERVICES };
  assertEquals(await copyFile(file, tools), { row: 3, state: "copied", size: 0, checksum: EMPTY_SHA1 });
});
