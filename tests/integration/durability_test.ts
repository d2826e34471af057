/** What is on disk before something becomes visible, by the system calls that are made. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { backupPath, filesBelow, labelsIn, namesIn } from "../rig/repository.ts";
import { assertSameFiles } from "../rig/same_files.ts";
import { makeSite, STANZA } from "../rig/site.ts";
import { makeStanza } from "../rig/stanza.ts";
import { makeStillCluster, restorePlaces } from "../rig/still_cluster.ts";
import { checkOrder, positionOf, type Trace } from "../rig/trace.ts";

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** Last call of a name about a path before a position; -1 where there is none. */
function lastBefore({ calls }: Trace, name: string, path: string, end: number): number {
  return calls.slice(0, end).findLastIndex((call) => call.name === name && call.path === path);
}

/** Error unless each of these files, the folder it lies in, and every folder made for them is synced before `end`. */
function checkDurable(trace: Trace, files: readonly string[], end: number): void {
  const unsynced: string[] = [];
  for (const file of files) {
    const own = lastBefore(trace, "fsync", file, end);
    if (own < 0) unsynced.push(`file ${file}`);
    if (lastBefore(trace, "fsync", parentOf(file), end) < own) unsynced.push(`folder of ${file}`);
  }
  for (const [at, { name, path }] of trace.calls.slice(0, end).entries()) {
    if (name === "mkdir" && lastBefore(trace, "fsync", parentOf(path), end) < at) unsynced.push(`new folder ${path}`);
  }
  assertEquals(unsynced, []);
}

Deno.test("everything of a backup is on disk before its manifest appears, and that before it is listed", async () => {
  await using stanza = await makeStanza("durable-backup", { global: { "process-max": "2" } });
  const { site, postgres } = stanza;
  site.makeFolder("space");
  await postgres.sql(`create tablespace space location '${site.path("space")}'`);
  await postgres.sql("create table t tablespace space as select i, repeat('x', 500) from generate_series(1, 5000) i");
  const trace = await site.traced(["backup", "--type=full"]);
  const [label] = labelsIn(site);
  const folder = backupPath(site, label!);
  const manifest = `${folder}/backup.manifest`;
  const committed = positionOf(trace, "rename", manifest);
  const files = filesBelow(folder).map((path) => `${folder}/${path}`);
  const data = files.filter((path) => !path.includes("backup.manifest") && !Deno.lstatSync(path).isSymlink);
  assert(data.length > 900, `${data.length} files`);
  // backup_label is renamed into place, so it is synced under its temporary name.
  checkDurable(trace, data.filter((path) => !/\/(backup_label|tablespace_map)\./.test(path)), committed);
  checkOrder(trace, [
    ["fsync", /backup_label\.gz\.pgbackrest\.tmp$/],
    ["rename", /backup_label\.gz$/],
    ["fsync", `${folder}/pg_data`],
    ["fsync", folder],
    ["fsync", /backup\.manifest\.copy\.pgbackrest\.tmp$/],
    ["rename", `${manifest}.copy`],
    ["fsync", folder],
    ["fsync", /backup\.manifest\.pgbackrest\.tmp$/],
    ["rename", manifest],
    ["fsync", folder],
    ["rename", /backup\.history\/\d{4}\/.*\.manifest\.gz$/],
    ["fsync", /backup\.history\/\d{4}$/],
    ["fsync", /backup\.info\.pgbackrest\.tmp$/],
    ["rename", site.path("repo/backup/demo/backup.info")],
    ["fsync", site.path("repo/backup/demo")],
    ["rename", site.path("repo/backup/demo/backup.info.copy")],
    ["fsync", site.path("repo/backup/demo")],
  ]);
});

Deno.test("everything of a restore is on disk before pg_control appears", async () => {
  await using stanza = await makeStanza("durable-restore", { postgres: { walFolder: "wal" } });
  const { site, postgres } = stanza;
  site.makeFolder("space");
  await postgres.sql(`create tablespace space location '${site.path("space")}'`);
  await postgres.sql("create table t tablespace space as select i, repeat('x', 500) from generate_series(1, 5000) i");
  await stanza.backup();
  await postgres.stop();
  const target = site.path("deep/below/pg");
  const trace = await site.traced([
    "restore",
    `--pg1-path=${target}`,
    `--tablespace-map=space=${site.path("spaces/new")}`,
    `--link-map=pg_wal=${site.path("links/wal")}`,
    `--link-map=pg_hba.conf=${site.path("files/hba")}`,
  ]);
  const control = positionOf(trace, "rename", `${target}/global/pg_control`);
  const restored = [target, site.path("spaces/new"), site.path("files")].flatMap((folder) =>
    filesBelow(folder).map((path) => `${folder}/${path}`)
  ).filter((path) =>
    !Deno.lstatSync(path).isSymlink && !/\/(pg_control|postgresql.auto.conf|recovery.signal)$/.test(path)
  );
  assert(restored.length > 900, `${restored.length} files`);
  checkDurable(trace, restored, control);
  checkOrder(trace, [
    ["rename", `${target}/backup.manifest`],
    ["rename", `${target}/postgresql.auto.conf`],
    ["rename", `${target}/recovery.signal`],
    ["unlink", `${target}/backup.manifest`],
    ["fsync", target],
    ["fsync", `${target}/global/pg_control.pgbackrest.tmp`],
    ["rename", `${target}/global/pg_control`],
    ["fsync", `${target}/global`],
  ]);
  for (const [link, place] of [["pg_wal", target], ["pg_hba.conf", target]] as const) {
    const made = positionOf(trace, "symlink", `${place}/${link}`);
    assert(lastBefore(trace, "fsync", place, control) > made, link);
  }
});

Deno.test("a file whose sync failed is written again; where it goes on failing the run ends and nothing counts", async () => {
  await using site = makeSite("durable-retry");
  const retries = { "process-max": "1", "job-retry": "0", "job-retry-interval": "0" };
  site.configure({ global: retries, [STANZA]: { "pg1-path": site.path("pg") } });
  await makeStillCluster(site);
  await site.mustBackrest(["stanza-create", "--no-online"]);
  const backup = ["backup", "--no-online", "--type=full", "--manifest-save-threshold=1B"];
  // The label of a run that goes on is known beforehand.
  const whereItGoesOn = async () => {
    const before = labelsIn(site);
    await site.killedAt("fdatasync", 3, backup);
    const label = labelsIn(site).find((each) => !before.includes(each))!;
    return `${backupPath(site, label)}/pg_data/PG_VERSION.gz`;
  };
  const once = { error: "EIO", when: "1" } as const;
  const always = { error: "EIO", when: "1+" } as const;
  const passing = await site.failingAtFile("fsync", await whereItGoesOn(), once, [...backup, "--job-retry=20"]);
  assertEquals(passing.code, 0, passing.stdout);
  const lasting = await site.failingAtFile("fsync", await whereItGoesOn(), always, backup);
  assertEquals(lasting.code, 52, lasting.stdout);
  assertMatch(lasting.stdout, /\[052\]: unable to sync file '.*PG_VERSION\.gz': .*\[EIO\]/);
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertEquals(info.backup.length, 1);
  const restore = (below: string) => ["restore", "--type=none", ...restorePlaces(site, below)];
  const version = (below: string) => site.path(`${below}/PG_VERSION`);
  const restored = await site.failingAtFile("fsync", version("one"), once, [...restore("one"), "--job-retry=20"]);
  assertEquals(restored.code, 0, restored.stdout);
  assertSameFiles(site, "pg", "one");
  const broken = await site.failingAtFile("fsync", version("two"), always, restore("two"));
  assertEquals([broken.code, namesIn(site.path("two/global")).includes("pg_control")], [52, false], broken.stdout);
});
