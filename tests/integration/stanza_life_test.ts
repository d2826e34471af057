/** What a stanza goes through between its creation and its end: other clusters, sudden ends, removal. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { promoted } from "../rig/content.ts";
import { formatBackupInfo, newBackupInfo, withBackup } from "../../src/repository/info/backup_info.ts";
import { madeRecord } from "../repository/made.ts";
import { makeClusterFolder } from "../rig/control_file.ts";
import { attach, startPostgres } from "../rig/postgres.ts";
import { filesBelow, namesIn } from "../rig/repository.ts";
import { saveFolder } from "../rig/saved_folder.ts";
import { makeSite, type Site, STANZA } from "../rig/site.ts";
import { makeStanza } from "../rig/stanza.ts";
import { checkOrder } from "../rig/trace.ts";

/** Sections and lines of an info file that say which clusters there are. */
function clustersOf(site: Site, family: "archive" | "backup"): string {
  const text = Deno.readTextFileSync(site.path(`repo/${family}/${STANZA}/${family}.info`));
  return [...text.matchAll(/^(?:db-id=.*|\d+=.*)$/gm)].map(([line]) => line).join("\n");
}

/** Asserts that an info file is the same as its copy. */
function assertCopied(site: Site, what: string): void {
  for (const family of ["archive", "backup"]) {
    const path = site.path(`repo/${family}/${STANZA}/${family}.info`);
    assertEquals(Deno.readTextFileSync(path), Deno.readTextFileSync(`${path}.copy`), `${what}: ${family}.info`);
  }
}

/** A site whose stanza was created for a cluster that is only a pg_control. */
async function makeOfflineStanza(name: string): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(makeSite(name));
  const pg = makeClusterFolder(site, "pg", { version: "14", systemId: 7700000000000000014n });
  site.configure({ [STANZA]: { "pg1-path": pg } });
  await site.mustBackrest(["stanza-create", "--no-online"]);
  stack.move();
  return site;
}

const LABEL = "20260101-000000F";

/** A stanza that has a backup and WAL, as far as its removal is concerned. */
async function makeFilledStanza(name: string): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(await makeOfflineStanza(name));
  const cluster = { systemId: 7700000000000000014n, version: "14", catalogVersion: 202107181, controlVersion: 1300 };
  const info = await formatBackupInfo(withBackup(newBackupInfo(cluster), madeRecord(LABEL)));
  for (const suffix of ["", ".copy"]) {
    site.write(`repo/backup/${STANZA}/backup.info${suffix}`, info);
    site.makeFolder(`repo/backup/${STANZA}/${LABEL}/pg_data/base/1`);
    site.write(`repo/backup/${STANZA}/${LABEL}/backup.manifest${suffix}`, "not looked at");
  }
  for (let i = 0; i < 9; i++) site.write(`repo/backup/${STANZA}/${LABEL}/pg_data/base/1/${i}.gz`, "");
  const folder = `repo/archive/${STANZA}/14-1/0000000100000000`;
  site.makeFolder(folder);
  for (const segment of [1, 2, 3]) site.write(`${folder}/00000001000000000000000${segment}-${"0".repeat(40)}.gz`, "");
  stack.move();
  return site;
}

Deno.test("a new cluster goes on in the same stanza, and what was stored of the old one can be restored", async () => {
  await using stanza = await makeStanza("upgrade");
  const { site, postgres } = stanza;
  await postgres.sql("create table old as select 1 as i");
  const old = await stanza.backup();
  await postgres.sql("select pg_switch_wal()");
  await postgres.stop();
  await Deno.rename(site.path("pg"), site.path("pg.old"));
  await using present = await startPostgres(site);
  assertEquals((await site.backrest(["check"])).code, 28);
  assertEquals((await site.backrest(["stanza-create"])).code, 28);
  assertEquals((await site.backrest(["backup"])).code, 51);

  assertStringIncludes(await site.mustBackrest(["stanza-upgrade"]), "stanza-upgrade for stanza 'demo' on repo1");
  assertStringIncludes(await site.mustBackrest(["stanza-upgrade"]), "stanza 'demo' on repo1 is already up to date");
  assertCopied(site, "after the upgrade");
  await site.mustBackrest(["check"]);
  await present.sql("create table new as select 1 as i");
  const own = await stanza.backup();
  const text = await site.mustBackrest(["info"]);
  assertMatch(text, new RegExp(`db \\(prior\\)[^]*full backup: ${old}[^]*db \\(current\\)[^]*full backup: ${own}`));
  const [{ archive, backup }] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertEquals(archive.map(({ id }: { id: string }) => id), ["15-1", "15-2"]);
  assertEquals(backup.map(({ database }: { database: { id: number } }) => database.id), [1, 2]);
  await present.stop();

  await site.mustBackrest(["restore", `--set=${old}`, `--pg1-path=${site.path("again")}`]);
  await using again = attach(site, "again");
  again.configure({ archive_mode: "off" });
  await again.start();
  await promoted(again);
  assertEquals(await again.sql("select count(*) from old"), "1");
});

Deno.test("offline only pg_control is looked at, and a cluster that comes back gets a new id", async () => {
  await using site = await makeOfflineStanza("offline");
  const newer = makeClusterFolder(site, "newer", { version: "15", systemId: 7700000000000000015n });
  const older = site.path("pg");
  for (const pg of [newer, older]) await site.mustBackrest(["stanza-upgrade", "--no-online", `--pg1-path=${pg}`]);
  assertEquals(
    clustersOf(site, "archive"),
    [
      "db-id=3",
      '1={"db-id":7700000000000000014,"db-version":"14"}',
      '2={"db-id":7700000000000000015,"db-version":"15"}',
      '3={"db-id":7700000000000000014,"db-version":"14"}',
    ].join("\n"),
  );
  const line = (version: string, catalog: number) =>
    `{"db-catalog-version":${catalog},"db-control-version":1300,"db-system-id":77000000000000000${version},"db-version":"${version}"}`;
  assertEquals(
    clustersOf(site, "backup"),
    ["db-id=3", `1=${line("14", 202107181)}`, `2=${line("15", 202209061)}`, `3=${line("14", 202107181)}`].join("\n"),
  );
  assertCopied(site, "after both");
});

Deno.test("an upgrade that is killed between any two files is completed by the next one", async () => {
  await using site = await makeOfflineStanza("upgrade-killed");
  const newer = makeClusterFolder(site, "newer", { version: "15", systemId: 7700000000000000015n });
  const upgrade = ["stanza-upgrade", "--no-online", `--pg1-path=${newer}`];
  const saved = await saveFolder(site, "repo");
  for (const nth of [1, 2, 3, 4]) {
    await saved.restore();
    const killed = await site.killedAt("rename", nth, upgrade);
    assertEquals(killed.code, 128 + 9, `${nth}: ${killed.stdout}${killed.stderr}`);
    await site.mustBackrest(upgrade);
    for (const family of ["archive", "backup"] as const) assertMatch(clustersOf(site, family), /^db-id=2\n1=.*\n2=.*$/);
    // Killed before the very last copy there is nothing left to upgrade; the next save brings the copy.
    if (nth < 4) assertCopied(site, `killed at rename ${nth}`);
  }
});

Deno.test("an upgrade needs both info files, of the same cluster", async () => {
  await using site = await makeOfflineStanza("upgrade-half");
  const newer = makeClusterFolder(site, "newer", { version: "15", systemId: 7700000000000000015n });
  const saved = await saveFolder(site, "repo");
  for (const family of ["archive", "backup"]) {
    const path = site.path(`repo/${family}/${STANZA}/${family}.info`);
    for (const each of [path, `${path}.copy`]) await Deno.remove(each);
    const before = filesBelow(site.path("repo"));
    const missing = await site.backrest(["stanza-upgrade", "--no-online", `--pg1-path=${newer}`]);
    assertEquals([missing.code, filesBelow(site.path("repo"))], [55, before], missing.stdout);
    await saved.restore();
  }
  await site.mustBackrest(["stanza-upgrade", "--no-online", `--pg1-path=${newer}`]);
  for (const suffix of ["", ".copy"]) {
    const own = site.path(`repo/archive/${STANZA}/archive.info${suffix}`);
    await Deno.copyFile(site.path(`repo.saved/archive/${STANZA}/archive.info`), own);
  }
  const files = clustersOf(site, "archive") + clustersOf(site, "backup");
  const apart = await site.backrest(["stanza-upgrade", "--no-online"]);
  assertEquals(apart.code, 28, apart.stdout);
  assertStringIncludes(apart.stdout, "backup info file and archive info file do not match");
  assertEquals(clustersOf(site, "archive") + clustersOf(site, "backup"), files);
});

Deno.test("a stanza is removed only after it was stopped and its server is down, or by force", async () => {
  await using site = await makeFilledStanza("delete-refused");
  const before = filesBelow(site.path("repo"));
  const refused = async (args: string[], code: number, text: string) => {
    const ended = await site.backrest(["stanza-delete", ...args]);
    assertEquals(ended.code, code, ended.stdout);
    assertStringIncludes(ended.stdout, text);
    assertEquals(filesBelow(site.path("repo")), before);
  };
  await refused([], 55, "stop file does not exist for stanza 'demo'");
  await refused(["--force"], 55, "stop file does not exist for stanza 'demo'");
  site.write("lock/all.stop", "");
  await refused(["--force"], 55, "stop file does not exist for stanza 'demo'");
  await Deno.remove(site.path("lock/all.stop"));
  await site.mustBackrest(["stop"]);
  site.write("pg/postmaster.pid", "1");
  await refused([], 38, "postmaster.pid exists - looks like PostgreSQL is running");
  makeClusterFolder(site, "pg2", { version: "14", systemId: 7700000000000000014n });
  await refused([`--pg1-path=${site.path("pg2")}`, `--pg2-path=${site.path("pg")}`], 38, "postmaster.pid exists");
  await site.mustBackrest(["stanza-delete", "--force"]);
  assertEquals(filesBelow(site.path("repo")), []);
  assertEquals([namesIn(site.path("repo/archive")), namesIn(site.path("repo/backup"))], [[], []]);
  assertEquals(namesIn(site.path("lock")), [], "the stop file is gone");
  await Deno.remove(site.path("pg/postmaster.pid"));
  await site.mustBackrest(["stanza-delete"]);
});

Deno.test("only the stanza and the repository that are named are removed, with all that is ours in it", async () => {
  await using stanza = await makeStanza("delete-one", { global: { "repo2-path": "/nowhere" }, create: false });
  const { site, postgres } = stanza;
  stanza.configure({ "repo2-path": site.path("repo2"), "repo2-retention-full": "2" });
  await site.mustBackrest(["stanza-create"]);
  const label = await stanza.backup(["--repo=1"]);
  await stanza.backup(["--repo=2"]);
  await site.mustBackrest(["annotate", `--set=${label}`, "--annotation=note=gone"]);
  for (const family of ["archive", "backup"]) site.makeFolder(`repo/${family}/demo2`);
  site.write("repo/backup/demo2/backup.info", "of another stanza");
  site.write(`repo/archive/${STANZA}/15-1/left.pgbackrest.tmp`, "");
  await Deno.symlink("/etc", site.path(`repo/backup/${STANZA}/link`));
  // The server archives its last segment while it stops.
  await postgres.stop();
  const second = filesBelow(site.path("repo2"));
  await site.mustBackrest(["stop"]);
  assertEquals((await site.backrest(["stanza-delete"])).code, 37);
  await site.mustBackrest(["stanza-delete", "--repo=1"]);
  assertEquals(filesBelow(site.path("repo")), ["backup/demo2/backup.info"]);
  assertEquals(filesBelow(site.path("repo2")), second);
  assert(namesIn("/etc").length > 0);
  assertEquals((await site.backrest(["stanza-delete", "--repo=2"])).code, 55, "the stop file was for one removal");
});

Deno.test("nothing to remove is no error", async () => {
  await using site = await makeOfflineStanza("delete-nothing");
  await site.mustBackrest(["stop"]);
  await site.mustBackrest(["stanza-delete"]);
  await site.mustBackrest(["stop"]);
  await site.mustBackrest(["stanza-delete"]);
  assertEquals(namesIn(site.path("lock")), ["demo.stop"], "where nothing was removed the stop file stays");
  await site.mustBackrest(["start"]);
  site.makeFolder(`repo/backup/${STANZA}`);
  await site.mustBackrest(["stanza-delete"]);
  assertEquals(namesIn(site.path("repo/backup")), [], "an empty folder needs no stop file");
});

Deno.test("a removal takes the info files first and the stop file last, each durably", async () => {
  await using site = await makeFilledStanza("delete-order");
  await site.mustBackrest(["stop"]);
  const trace = await site.traced(["stanza-delete"]);
  assertEquals(trace.ended.code, 0, trace.ended.stdout);
  const [archive, backup] = ["archive", "backup"].map((family) => site.path(`repo/${family}/${STANZA}`));
  checkOrder(trace, [
    ["unlink", `${archive}/archive.info`],
    ["unlink", `${archive}/archive.info.copy`],
    ["fsync", archive!],
    ["unlink", `${backup}/backup.info`],
    ["unlink", `${backup}/backup.info.copy`],
    ["fsync", backup!],
    ["unlink", `${backup}/${LABEL}/backup.manifest`],
    ["unlink", `${backup}/${LABEL}/backup.manifest.copy`],
    ["fsync", `${backup}/${LABEL}`],
    ["fsync", site.path("repo/archive")],
    ["fsync", site.path("repo/backup")],
    ["unlink", site.path(`lock/${STANZA}.stop`)],
  ]);
});

Deno.test("a removal that is killed leaves the whole stanza or none, and the next run completes it", async () => {
  await using site = await makeFilledStanza("delete-killed");
  await site.mustBackrest(["stop"]);
  const data = () => filesBelow(site.path("repo")).filter((path) => !/(?:archive|backup)\.info(?:\.copy)?$/.test(path));
  const whole = data();
  const saved = [await saveFolder(site, "repo"), await saveFolder(site, "lock")];
  const states = new Set<number>();
  const infos = [
    `archive/${STANZA}/archive.info`,
    `backup/${STANZA}/backup.info`,
    `backup/${STANZA}/${LABEL}/backup.manifest`,
  ];
  for (const path of infos.flatMap((info) => [info, `${info}.copy`])) {
    for (const folder of saved) await folder.restore();
    const killed = await site.killedAtFile("unlink", site.path(`repo/${path}`), ["stanza-delete"]);
    assertEquals(killed.code, 128 + 9, `${path}: ${killed.stdout}${killed.stderr}`);
    const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
    states.add(info.status.code);
    if (namesIn(site.path(`repo/backup/${STANZA}`)).some((name) => name.startsWith("backup.info"))) {
      assertEquals(data(), whole, `${path}: what is still listed is all there`);
    } else {
      const restore = await site.backrest(["restore", `--set=${LABEL}`, `--pg1-path=${site.path("new")}`]);
      assertEquals(restore.code, 75, `${path}: ${restore.stdout}`);
    }
    assertEquals((await site.backrest(["stanza-create", "--no-online"])).code, 62);
    await site.mustBackrest(["stanza-delete"]);
    assertEquals([filesBelow(site.path("repo")), namesIn(site.path("lock"))], [[], []], path);
  }
  assertEquals([...states].sort(), [0, 3], "both kinds of ends were met");
});

Deno.test("info files that come back after a removal was killed do not bring back a backup without its files", async () => {
  await using site = await makeFilledStanza("delete-regret");
  await site.mustBackrest(["stop"]);
  const infos = filesBelow(site.path("repo")).filter((path) => /\.info(?:\.copy)?$/.test(path));
  const kept = infos.map((path) => [path, Deno.readFileSync(site.path(`repo/${path}`))] as const);
  // Each segment and their folder, then, after manifest and copy, some files of the backup.
  const segments = filesBelow(site.path(`repo/archive/${STANZA}/14-1`)).length;
  const killed = await site.killedAt("unlinkat", segments + 1 + 5, ["stanza-delete"]);
  assertEquals(killed.code, 128 + 9, killed.stdout);
  assert(namesIn(site.path(`repo/backup/${STANZA}/${LABEL}`)).length > 0, "files of the backup are left");
  for (const [path, bytes] of kept) site.write(`repo/${path}`, bytes);
  await site.mustBackrest(["start"]);
  const said = await site.mustBackrest(["expire"]);
  assertStringIncludes(said, `backup '${LABEL}' missing manifest removed from backup.info`);
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertEquals([info.status.code, info.backup], [2, []]);
});
