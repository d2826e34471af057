/** WAL in every form it may be stored in: whole, damaged, and in more pieces than one. */
import { assertEquals, assertMatch } from "@std/assert";
import { runOnce } from "../../src/stream/pipeline.ts";
import { type Chunk, joinChunks } from "../../src/stream/chunk.ts";
import type { CompressType, StageSpec } from "../../src/stream/stage.ts";
import { damage, namesIn, storedSegment } from "../rig/repository.ts";
import { makeSite, type Site, STANZA } from "../rig/site.ts";
import { makeStillCluster, stillSegment } from "../rig/still_cluster.ts";

const SEGMENT = "000000010000000000000005";

const FORMS: readonly { type: CompressType; encrypted: boolean }[] = [
  { type: "none", encrypted: true },
  { type: "gz", encrypted: true },
  { type: "lz4", encrypted: false },
  { type: "lz4", encrypted: true },
  { type: "zst", encrypted: true },
  { type: "bz2", encrypted: false },
  { type: "bz2", encrypted: true },
];

/** A stanza of a still cluster with one segment in the archive. */
async function makeArchive(type: CompressType, encrypted: boolean): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(makeSite(`stored-${type}`));
  const cipher = encrypted ? { "repo1-cipher-type": "aes-256-cbc", "repo1-cipher-pass": "p" } : {};
  const global = { "archive-timeout": "100ms", "compress-type": type, ...cipher };
  site.configure({ global, [STANZA]: { "pg1-path": site.path("pg") } });
  await makeStillCluster(site);
  await site.mustBackrest(["stanza-create", "--no-online"]);
  site.write(`pg/pg_wal/${SEGMENT}`, stillSegment(5), 0o600);
  await site.mustBackrest(["archive-push", site.path(`pg/pg_wal/${SEGMENT}`)]);
  stack.move();
  return site;
}

/** Gets the segment: the exit status, and what was delivered. */
async function get(site: Site): Promise<{ code: number; stdout: string; bytes: Chunk | undefined }> {
  const { code, stdout } = await site.backrest(["archive-get", SEGMENT, site.path("got")]);
  if (!namesIn(site.folder).includes("got")) return { code, stdout, bytes: undefined };
  const bytes = await Deno.readFile(site.path("got"));
  await Deno.remove(site.path("got"));
  return { code, stdout, bytes };
}

for (const { type, encrypted } of FORMS) {
  const name = `${type}${encrypted ? ", encrypted" : ""}`;
  Deno.test(`a segment stored as ${name} comes back byte for byte; a damaged one does not come at all`, async () => {
    await using site = await makeArchive(type, encrypted);
    const good = await get(site);
    assertEquals([good.code, good.bytes], [0, stillSegment(5)], good.stdout);
    const stored = storedSegment(site, SEGMENT);
    const whole = Deno.readFileSync(stored);
    const cases: [what: string, harm: () => void][] = [
      ["a bit is turned", () => damage(stored)],
      ["the end is missing", () => Deno.truncateSync(stored, whole.length - 16)],
      ["nothing is left", () => Deno.truncateSync(stored, 0)],
      ["something follows", () => Deno.writeFileSync(stored, new Uint8Array(512), { append: true })],
    ];
    for (const [what, harm] of cases) {
      Deno.writeFileSync(stored, whole);
      harm();
      const bad = await get(site);
      assertEquals([bad.code, bad.bytes], [200, undefined], `${what}: ${bad.stdout}`);
      assertMatch(bad.stdout, /\[200\]: \[042\] unable to get 000000010000000000000005:\n +repo1: \[/);
    }
  });
}

for (const type of ["gz", "lz4", "zst", "bz2"] as const) {
  Deno.test(`a segment stored as two pieces of ${type}, one behind the other, is read to the end of the second`, async () => {
    await using site = await makeArchive(type, false);
    const plain = stillSegment(5);
    const compress: StageSpec = { stage: "compress", type, level: 1 };
    const pieces = await Promise.all(
      [plain.subarray(0, 300_000), plain.subarray(300_000)].map(async (piece) =>
        (await runOnce([compress], piece)).bytes
      ),
    );
    Deno.writeFileSync(storedSegment(site, SEGMENT), joinChunks(pieces.flat()));
    const got = await get(site);
    assertEquals([got.code, got.bytes], [0, plain], got.stdout);
  });
}
