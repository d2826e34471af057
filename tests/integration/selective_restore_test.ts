/** A restore of single databases, and what restore and expire do about each other. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { contentOf, promoted } from "../rig/content.ts";
import { attach } from "../rig/postgres.ts";
import { until } from "../rig/program.ts";
import { labelsIn, namesIn } from "../rig/repository.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** A stanza with a backup of databases one and two; the server is down. */
async function withDatabases(name: string): Promise<Stanza & { oid: string; two: Record<string, string> }> {
  const stanza = await makeStanza(name);
  const { postgres, site } = stanza;
  site.makeFolder("side");
  await postgres.sql(`create tablespace side location '${site.path("side")}'`);
  for (const database of ["one", "two"]) {
    await postgres.sql(`create database ${database}`);
    await postgres.sql(`create table t as select i from generate_series(1, 1000) i`, database);
    await postgres.sql(`create table u tablespace side as select i from generate_series(1, 1000) i`, database);
  }
  await stanza.backup();
  const oid = await postgres.sql("select oid from pg_database where datname = 'one'");
  const two = await contentOf(postgres, "two");
  await postgres.sql("select pg_switch_wal()");
  await postgres.stop();
  return { ...stanza, oid, two };
}

Deno.test("databases that were not asked for come back empty, are named, and can be dropped", async () => {
  await using stanza = await withDatabases("selective");
  const { site, oid, two } = stanza;
  for (const [i, choice] of ["--db-include=two", "--db-exclude=one", `--db-exclude=${oid}`].entries()) {
    const below = `pg-${i}`;
    const places = [`--pg1-path=${site.path(below)}`, `--tablespace-map-all=${site.path(`side-${i}`)}`];
    const said = await site.mustBackrest(["restore", choice, ...places, "--type=immediate", "--target-action=promote"]);
    assertStringIncludes(said, `database 'one' (${oid}) is restored as empty files: drop it after recovery`);
    await using restored = attach(site, below);
    await restored.start();
    await promoted(restored);
    assertEquals(await contentOf(restored, "two"), two);
    const files = namesIn(site.path(`${below}/base/${oid}`)).map((name) =>
      Deno.statSync(site.path(`${below}/base/${oid}/${name}`))
    );
    assert(files.some(({ size }) => size > 8192), "files have their size");
    assert(files.every(({ blocks, size }) => size < 4096 || blocks! < 16), "and take no room");
    await restored.sql("drop database one");
  }
});

Deno.test("what cannot be chosen is refused before anything is touched", async () => {
  await using stanza = await withDatabases("selective-refused");
  const { site } = stanza;
  const cases: [choice: string[], code: number][] = [
    [["--db-include=three"], 80],
    [["--db-exclude=three"], 80],
    [["--db-include=postgres"], 81],
    [["--db-include=1"], 81],
    [["--db-include=two", "--db-exclude=two"], 81],
  ];
  for (const [choice, code] of cases) {
    const places = [`--pg1-path=${site.path("other")}`, `--tablespace-map-all=${site.path("side-2")}`];
    const ended = await site.backrest(["restore", ...choice, ...places]);
    assertEquals(ended.code, code, ended.stdout);
    assertEquals(namesIn(site.path("other")), []);
  }
});

Deno.test("archive_mode can be left off in what was restored", async () => {
  await using stanza = await withDatabases("archive-mode");
  const { site } = stanza;
  const places = [`--pg1-path=${site.path("other")}`, `--tablespace-map-all=${site.path("side-2")}`];
  await site.mustBackrest(["restore", "--archive-mode=off", ...places, "--target-action=promote", "--type=immediate"]);
  await using restored = attach(site, "other");
  await restored.start();
  await promoted(restored);
  assertEquals(await restored.sql("show archive_mode"), "off");
});

Deno.test("a backup that is being restored is not expired, and one that is being removed is not restored", async () => {
  await using stanza = await makeStanza("restore-expire", { global: { "repo1-retention-full": "9" } });
  const { site, postgres } = stanza;
  const first = await stanza.backup();
  const second = await stanza.backup();
  await postgres.stop();
  await using restoring = site.start([
    "restore",
    `--set=${first}`,
    `--pg1-path=${site.path("other")}`,
    "--process-max=1",
  ]);
  await until("the first files", () => namesIn(site.path("other/base/5")).length > 3);
  restoring.kill("SIGSTOP");
  const expired = await site.mustBackrest(["expire", `--set=${first}`]);
  assertStringIncludes(expired, `WARN: repo1: backup ${first} is being restored and stays, with all WAL`);
  assertEquals(labelsIn(site), [first, second]);
  restoring.kill("SIGCONT");
  assertEquals((await restoring.ended).code, 0);
  await site.mustBackrest(["expire", `--set=${first}`]);
  assertEquals(labelsIn(site), [second]);
});
