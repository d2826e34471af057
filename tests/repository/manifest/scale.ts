/**
 * How long a manifest of many files takes and how much memory: deno run -A tests/repository/manifest/scale.ts [files].
 * Prints milliseconds and megabytes of each step.
 */
import { FileTable } from "../../../src/repository/manifest/file_table.ts";
import { manifestPieces, readManifest } from "../../../src/repository/manifest/manifest.ts";
import { totalsOf } from "../../../src/repository/manifest/record.ts";
import { openManifestStream } from "../../../src/repository/manifest/stream.ts";
import { madeManifest } from "./made_manifest.ts";

const count = Number(Deno.args[0] ?? 1_000_000);
const path = await Deno.makeTempFile({ prefix: "manifest-scale-" });
let last = performance.now();

try {
  const manifest = { ...madeManifest(), files: fill() };
  report(`${count} files appended`);
  report(`${manifest.files.count} files in order`);
  totalsOf(manifest.files);
  report("added up");
  await write(manifestPieces(manifest));
  report(`written, ${(await Deno.stat(path)).size} bytes`);
  const again = await readManifest(read(), { file: path });
  report(`${again.files.count} files read beside the first`);
  const { files } = await openManifestStream(read(), { file: path });
  let streamed = 0;
  for await (const batch of files) streamed += batch.length;
  report(`${streamed} files streamed`);
} finally {
  await Deno.remove(path);
}

function fill(): FileTable {
  const files = new FileTable({ defaults: madeManifest().defaults.file });
  for (let at = 0; at < count; at++) {
    files.append(`pg_data/base/${16384 + at % 50}/${100000 + at}_fsm`, {
      size: 8192 * (1 + at % 1000),
      time: 1795336541 - at % 100000,
      checksum: digest(at),
      repoSize: 1000 + at % 5000,
      repoChecksum: digest(at + 1),
      pageChecksum: true,
      bundle: { id: 1 + (at >> 7), offset: (at % 128) * 163840 },
      ...(at % 3 === 0 ? {} : { reference: "20261122-083310F" }),
    });
  }
  return files;
}

function digest(at: number): string {
  return (Math.imul(at, 2654435761) >>> 0).toString(16).padStart(8, "0").repeat(5);
}

async function write(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  using file = await Deno.open(path, { write: true });
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length;) at += file.writeSync(piece.subarray(at));
  }
}

function* read(): Generator<Uint8Array> {
  using file = Deno.openSync(path);
  for (;;) {
    const piece = new Uint8Array(256 * 1024);
    const size = file.readSync(piece);
    if (size === null) return;
    yield piece.subarray(0, size);
  }
}

function report(what: string): void {
  const { rss, external } = Deno.memoryUsage();
  const megabytes = [rss, external].map((bytes) => Math.round(bytes / 1e6));
  const text = `${what}: ${Math.round(performance.now() - last)} ms, resident ${megabytes[0]} MB, columns ${
    megabytes[1]
  } MB\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  last = performance.now();
}
