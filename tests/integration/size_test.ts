/** Segments of every size, files of more than one piece, and more or fewer workers than files. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { contentOf, promoted } from "../rig/content.ts";
import { attach } from "../rig/postgres.ts";
import { peakMemory } from "../rig/program.ts";
import { backupPath, damage, filesBelow, storedSegment } from "../rig/repository.ts";
import { makeStanza } from "../rig/stanza.ts";
import { FIRST_SEGMENT, makeQuietStanza, makeSegment } from "../rig/wal.ts";

for (const [size, workers, type] of [[1, 4, "zst"], [64, 1, "gz"]] as const) {
  Deno.test(`a cluster with WAL segments of ${size} MiB comes back, with ${workers} workers and ${type}`, async () => {
    await using stanza = await makeStanza(`segments-${size}`, {
      global: { "process-max": String(workers), "compress-type": type },
      postgres: { walSegmentSize: size },
    });
    const { site, postgres } = stanza;
    await postgres.sql("create table t as select i, repeat(md5(i::text), 10) from generate_series(1, 30000) i");
    await stanza.backup();
    await postgres.sql("update t set i = i + 1 where i % 3 = 0");
    const content = await contentOf(postgres);
    await postgres.sql("select pg_switch_wal()");
    await postgres.stop();
    await site.mustBackrest(["restore", `--pg1-path=${site.path("restored")}`]);
    await using restored = attach(site, "restored");
    await restored.start();
    await promoted(restored);
    assertEquals(await contentOf(restored), content);
  });
}

/** A size that is not held in memory as a whole; the largest that PostgreSQL knows is 1024. */
const LARGE_MIB = Number(Deno.env.get("SEGMENT_MIB") ?? 128);

/** No program of ours takes more, however large what it works on is. */
const MEMORY = 300 * 1024 * 1024;

Deno.test(`segments of ${LARGE_MIB} MiB go through in pieces, and damage in them is noticed`, async () => {
  await using stanza = await makeQuietStanza("segments-large", {
    global: { "archive-timeout": "500ms" },
    postgres: { walSegmentSize: LARGE_MIB },
  });
  const { site, postgres } = stanza;
  const inMemory = async (args: string[]) => {
    await using running = site.start(args, { cwd: postgres.folder });
    const peak = await peakMemory(running);
    const { code, stdout } = await running.ended;
    assertEquals(code, 0, stdout);
    assert(peak < MEMORY, `${args.join(" ")} took ${Math.round(peak / 1024 / 1024)} MiB`);
  };
  const bytes = Deno.readFileSync(`${postgres.folder}/pg_wal/${FIRST_SEGMENT}`);
  for (let at = 1 << 20; at < bytes.length; at += 1 << 20) bytes.set(crypto.getRandomValues(new Uint8Array(4096)), at);
  Deno.writeFileSync(`${postgres.folder}/pg_wal/${FIRST_SEGMENT}`, bytes);
  for (const [i, type] of ["none", "gz", "zst"].entries()) {
    const name = `00000001000000000000000${i + 2}`;
    const path = makeSegment(stanza, name);
    await inMemory(["archive-push", path, `--compress-type=${type}`]);
    await inMemory(["archive-get", name, site.path("got")]);
    assertEquals(Deno.readFileSync(site.path("got")), Deno.readFileSync(`${postgres.folder}/${path}`), type);
    await Deno.remove(site.path("got"));
    damage(storedSegment(site, name));
    const ended = await site.backrest(["archive-get", name, site.path("got")]);
    assertEquals(ended.code, 200, `${type}: ${ended.stdout}`);
  }
});

Deno.test("the number of workers changes nothing about what is stored and restored", async () => {
  await using stanza = await makeStanza("workers");
  const { site, postgres } = stanza;
  await postgres.sql("create table t as select i, md5(i::text) from generate_series(1, 50000) i");
  const sums: string[] = [];
  for (const workers of [1, 4]) {
    const label = await stanza.backup([`--process-max=${workers}`, "--compress-type=gz", "--no-expire-auto"]);
    const folder = backupPath(site, label);
    const manifest = Deno.readTextFileSync(`${folder}/backup.manifest`);
    sums.push(manifest.split("\n").filter((line) => line.startsWith("pg_data/base/5/")).join("\n"));
    assertEquals(filesBelow(folder).filter((path) => path.endsWith(".tmp")), []);
  }
  assertEquals(new Set(sums).size, 1);
  const content = await contentOf(postgres);
  await postgres.stop();
  const said = await site.mustBackrest(["restore", `--pg1-path=${site.path("restored")}`, "--process-max=4"]);
  assertStringIncludes(said, "restore size = ");
  await using restored = attach(site, "restored");
  await restored.start();
  await promoted(restored);
  assertEquals(await contentOf(restored), content);
});
