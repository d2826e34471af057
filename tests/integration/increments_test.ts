/** Differential and incremental backups: what they store, what they refer to, and that every one of them comes back. */
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { contentOf, promoted } from "../rig/content.ts";
import { attach } from "../rig/postgres.ts";
import { backupPath, filesBelow } from "../rig/repository.ts";
import { fileLines } from "../rig/stored_manifest.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** Runs a backup of a type and returns its label and what it said. */
async function backup({ site }: Stanza, type: string, args: string[] = []): Promise<{ label: string; said: string }> {
  const said = await site.mustBackrest(["backup", `--type=${type}`, ...args]);
  return { label: /new backup label = (\S+)/.exec(said)![1]!, said };
}

Deno.test("diff and incr store what changed and refer to the rest, and every one of them comes back", async () => {
  await using stanza = await makeStanza("chain", { global: { "compress-type": "zst", "process-max": "2" } });
  const { site, postgres } = stanza;
  site.makeFolder("side");
  await postgres.sql(`create tablespace side location '${site.path("side")}'`);
  await postgres.sql("create table still tablespace side as select i, md5(i::text) from generate_series(1, 5000) i");
  await postgres.sql("vacuum freeze still");
  await postgres.sql("create table t (i int)");
  const made: { label: string; content: Record<string, string> }[] = [];
  for (const [i, type] of ["full", "incr", "diff", "incr"].entries()) {
    await postgres.sql(`insert into t values (${i})`);
    await postgres.sql(`create table t${i} as select ${i} as i`);
    const { label } = await backup(stanza, type);
    made.push({ label, content: await contentOf(postgres) });
  }
  await postgres.sql("select pg_switch_wal()");
  await postgres.stop();
  const [full, incr, diff, last] = made.map(({ label }) => label) as [string, string, string, string];
  assertMatch(incr, new RegExp(`^${full}_\\d{8}-\\d{6}I$`));
  assertMatch(diff, new RegExp(`^${full}_\\d{8}-\\d{6}D$`));
  assertMatch(last, new RegExp(`^${full}_\\d{8}-\\d{6}I$`));

  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertEquals(info.backup.map(({ prior, reference }: Record<string, unknown>) => [prior, reference]), [
    [null, null],
    [full, [full]],
    [full, [full]],
    [diff, [full, diff]],
  ]);
  const still = [...fileLines(site, last)].find(([name]) => name.startsWith("pg_tblspc/"))!;
  assertEquals(still[1]["reference"], full, "what never changed is in the full backup");
  assert(filesBelow(backupPath(site, last)).length < filesBelow(backupPath(site, full)).length / 4);
  assert(!filesBelow(backupPath(site, last)).some((name) => name.startsWith("pg_tblspc/")));

  for (const { label, content } of made) {
    const below = `pg-${label}`;
    const maps = ["--tablespace-map-all", site.path(`side-${label}`)];
    const target = ["--type=immediate", "--target-action=promote"];
    await site.mustBackrest(["restore", `--set=${label}`, `--pg1-path=${site.path(below)}`, ...maps, ...target]);
    await using restored = attach(site, below);
    await restored.start();
    await promoted(restored);
    assertEquals(await contentOf(restored), content, label);
  }
});

Deno.test("without a backup to build on a diff or incr becomes a full one; with one its ways of storing are kept", async () => {
  await using stanza = await makeStanza("types");
  const { site } = stanza;
  const first = await backup(stanza, "incr", ["--compress-type=zst", "--compress-level=5", "--no-checksum-page"]);
  assertMatch(first.label, /^\d{8}-\d{6}F$/);
  assertStringIncludes(first.said, "WARN: no prior backup exists, incr backup has been changed to full");
  const second = await backup(stanza, "diff", ["--compress-type=gz"]);
  assertStringIncludes(second.said, `last backup label = ${first.label}, version = pg_backrest `);
  assertStringIncludes(second.said, "compress-type");
  assertStringIncludes(second.said, "checksum-page");
  const header = Deno.readTextFileSync(`${backupPath(site, second.label)}/backup.manifest`);
  assertStringIncludes(header, "option-compress-level=5\n");
  assertStringIncludes(header, 'option-compress-type="zst"\n');
  assertStringIncludes(header, "option-checksum-page=false\n");
  assertEquals((await backup(stanza, "diff")).label.slice(0, 16), first.label, "a diff builds on the full backup");
});

/** A stanza whose server is down, with a file of ours in the data folder that is backed up full. */
async function withNote(name: string): Promise<Stanza & { path: string; full: string }> {
  const stanza = await makeStanza(name, { global: { "compress-type": "none" } });
  await stanza.postgres.stop();
  stanza.site.write("pg/note", "first\n", 0o600);
  const path = stanza.site.path("pg/note");
  const old = new Date(Date.now() - 60_000);
  Deno.utimeSync(path, old, old);
  const full = await stanza.backup(["--no-online"]);
  return { ...stanza, path, full };
}

Deno.test("other bytes under the same size and time are only seen when bytes are compared, as by pgbackrest", async () => {
  await using stanza = await withNote("same-time");
  const { site, path, full } = stanza;
  const { mtime } = Deno.statSync(path);
  Deno.writeTextFileSync(path, "other\n");
  Deno.utimeSync(path, mtime!, mtime!);
  site.write("pg/another", "a", 0o600);
  const unseen = await backup(stanza, "incr", ["--no-online"]);
  assertEquals(fileLines(site, unseen.label).get("pg_data/note")!["reference"], full);
  const seen = await backup(stanza, "incr", ["--no-online", "--delta"]);
  assertEquals(fileLines(site, seen.label).get("pg_data/note")!["reference"], undefined);
  assertEquals(Deno.readTextFileSync(`${backupPath(site, seen.label)}/pg_data/note`), "other\n");
  assertEquals(fileLines(site, seen.label).get("pg_data/another")!["reference"], unseen.label);
});

Deno.test("a small file that was only touched is not stored again", async () => {
  await using stanza = await withNote("touched");
  const { site, path, full } = stanza;
  const later = new Date(Date.now() - 30_000);
  Deno.utimeSync(path, later, later);
  const { label } = await backup(stanza, "incr", ["--no-online"]);
  const line = fileLines(site, label).get("pg_data/note")!;
  assertEquals([line["reference"], line["timestamp"]], [full, Math.floor(later.getTime() / 1000)]);
});

Deno.test("times that cannot be trusted switch delta on, with one word why", async () => {
  await using stanza = await withNote("delta");
  const { site, path } = stanza;
  const at = (seconds: number) => Deno.utimeSync(path, new Date(seconds * 1000), new Date(seconds * 1000));
  const recorded = Math.floor(Deno.statSync(path).mtime!.getTime() / 1000);
  at(recorded - 5);
  const earlier = await backup(stanza, "incr", ["--no-online"]);
  assertMatch(
    earlier.said,
    /WARN: file 'pg_data\/note' has timestamp earlier than prior backup \(prior \d+, current \d+\)/,
  );
  Deno.writeTextFileSync(path, "longer than before\n");
  at(recorded - 5);
  const size = await backup(stanza, "incr", ["--no-online"]);
  assertMatch(size.said, /WARN: file 'pg_data\/note' has same timestamp \(\d+\) as prior but different size/);
  at(Math.floor(Date.now() / 1000) + 3600);
  const future = await backup(stanza, "incr", ["--no-online"]);
  assertMatch(future.said, /WARN: file 'pg_data\/note' has timestamp \(\d+\) in the future/);
  assertEquals(future.said.match(/enabling delta checksum/g)!.length, 1);
  const header = Deno.readTextFileSync(`${backupPath(site, future.label)}/backup.manifest`);
  assertStringIncludes(header, "option-delta=true\n");
});

Deno.test("after a change of timeline, and of online to offline, bytes are compared", async () => {
  await using stanza = await makeStanza("timeline");
  const { site, postgres } = stanza;
  await stanza.backup();
  await postgres.sql("select pg_switch_wal()");
  await postgres.stop();
  await site.mustBackrest(["restore", "--delta", "--type=immediate", "--target-action=promote"]);
  await postgres.start();
  await promoted(postgres);
  const switched = await backup(stanza, "incr");
  assertStringIncludes(switched.said, "a timeline switch has occurred since the");
  assertNotMatch((await backup(stanza, "incr")).said, /enabling delta/);
  await postgres.stop();
  const offline = await backup(stanza, "incr", ["--no-online"]);
  assertStringIncludes(offline.said, "the online option has changed since the");
});

Deno.test("a bad page that did not change stays known, and is not warned of again", async () => {
  await using stanza = await makeStanza("bad-page");
  const { site, postgres } = stanza;
  await postgres.sql("create table t as select i from generate_series(1, 1000) i");
  await postgres.sql("checkpoint");
  const file = await postgres.sql("select pg_relation_filepath('t')");
  await postgres.stop();
  using page = Deno.openSync(site.path(`pg/${file}`), { read: true, write: true });
  page.seekSync(8192 + 100, Deno.SeekMode.Start);
  page.writeSync(new TextEncoder().encode("damage"));
  await postgres.start();
  const full = await backup(stanza, "full");
  assertStringIncludes(full.said, `invalid page checksum found in file ${site.path(`pg/${file}`)} at page 1`);
  const incr = await backup(stanza, "incr");
  assertNotMatch(incr.said, /invalid page/);
  const line = fileLines(site, incr.label).get(`pg_data/${file}`)!;
  assertEquals([line["reference"], line["checksum-page"], line["checksum-page-error"]], [full.label, false, [1]]);
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertEquals(info.backup.map(({ error }: { error: boolean }) => error), [true, true]);
});
