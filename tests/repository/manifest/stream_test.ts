import { assertEquals, assertRejects } from "@std/assert";
import { BackRestError } from "../../../src/error.ts";
import type { FileEntry } from "../../../src/repository/manifest/file_data.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";
import { manifestPieces, readManifest } from "../../../src/repository/manifest/manifest.ts";
import { joinPrior } from "../../../src/repository/manifest/prior_join.ts";
import { openManifestStream } from "../../../src/repository/manifest/stream.ts";
import { goldenLabels, goldenManifest } from "../golden.ts";
import { bytesOf, collected, cut, textOf } from "../pieces.ts";
import { withRightChecksum } from "./checksum.ts";
import { madeManifest } from "./made_manifest.ts";

Deno.test("a manifest can be read as a stream: header first, then its files", async () => {
  const bytes = await goldenManifest("zst-block", goldenLabels("zst-block").at(-1)!);
  const whole = await readManifest([bytes], { file: "x" });
  const { header, files } = await openManifestStream(cut(bytes, 5000), { file: "x" });
  assertEquals(header.backup, whole.backup);
  assertEquals(header.options, whole.options);
  const streamed = await entries(files);
  const wanted = [...whole.files.rows()].map((row) => ({ name: whole.files.name(row), ...whole.files.stored(row) }));
  assertEquals(streamed, wanted);
});

Deno.test("a manifest without files can be read as a stream", async () => {
  const manifest = { ...madeManifest(), files: new FileTable() };
  const { header, files } = await openManifestStream([await collected(manifestPieces(manifest))], { file: "x" });
  assertEquals(header.backup.type, "incr");
  assertEquals(await entries(files), []);
});

Deno.test("of two lines for one file the stream gives the last, also across pieces", async () => {
  const text = textOf(await collected(manifestPieces(madeManifest())));
  const line = /pg_data\/PG_VERSION=.*\n/.exec(text)![0];
  const doubled = bytesOf(await withRightChecksum(text.replace(line, line + line.replace("-5", "-6"))));
  for (const size of [1, 60, 100000]) {
    const { files } = await openManifestStream(cut(doubled, size), { file: "x" });
    assertEquals((await entries(files)).filter(({ name }) => name === "pg_data/PG_VERSION").map(({ time }) => time), [
      -6,
    ]);
  }
});

Deno.test("a stream proves the checksum at its end", async () => {
  const bytes = await goldenManifest("lz4-bundle", goldenLabels("lz4-bundle")[0]!);
  bytes[bytes.indexOf(0x31, 100000)] = 0x32;
  const { files } = await openManifestStream(cut(bytes, 5000), { file: "x" });
  assertEquals((await assertRejects(() => entries(files), BackRestError, "invalid checksum")).kind, "checksum");
});

Deno.test("a stream proves the order of the files", async () => {
  const text = textOf(await collected(manifestPieces(madeManifest())));
  const line = /pg_data\/base.*\n/.exec(text)![0];
  const moved = bytesOf(
    await withRightChecksum(text.replace(line, "").replace("[target:file]\n", `[target:file]\n${line}`)),
  );
  const { files } = await openManifestStream([moved], { file: "x" });
  await assertRejects(() => entries(files), BackRestError, "not in byte order at 'pg_data/PG_VERSION'");
});

Deno.test("a join visits what is in both manifests, each once and in order", async () => {
  const table = new FileTable();
  for (const name of ["b", "d", "e", "g", "\ufffd", "😀"]) table.append(name, { size: 1, time: 1 });
  const prior = ["a", "b", "c", "e", "f", "g", "h", "😀"].map((name) => ({ name, size: 2, time: 2 }));
  async function* batches() {
    yield prior.slice(0, 3);
    yield await Promise.resolve(prior.slice(3));
  }
  const visited: string[] = [];
  await joinPrior(table, batches(), (row, entry) => {
    visited.push(`${table.name(row)}=${entry.name}`);
    if (entry.name === "e") table.remove(row);
  });
  assertEquals(visited, ["b=b", "e=e", "g=g", "😀=😀"]);
  assertEquals(table.count, 5);
});

async function entries(batches: AsyncIterable<FileEntry[]>): Promise<FileEntry[]> {
  const all: FileEntry[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}
