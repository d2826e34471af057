/** Everything check finds: what is wrong with the server, its files, the repositories and the way between them. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { makeClusterFolder } from "../rig/control_file.ts";
import { executable, run } from "../rig/program.ts";
import { filesBelow } from "../rig/repository.ts";
import { mountSmallDisk } from "../rig/small_disk.ts";
import { type Site, STANZA } from "../rig/site.ts";
import { startStandby } from "../rig/standby.ts";
import { makeStanza } from "../rig/stanza.ts";

/** Asserts how a check ends and what it says. */
async function assertCheck(site: Site, args: string[], code: number, ...texts: string[]): Promise<void> {
  const ended = await site.backrest(["check", ...args]);
  assertEquals(ended.code, code, `${args}: ${ended.stdout}`);
  for (const text of texts) assertStringIncludes(ended.stdout, text);
}

Deno.test("a sound stanza is told so line by line, and check leaves nothing behind but a segment", async () => {
  await using stanza = await makeStanza("check", { global: { "log-level-console": "detail" } });
  const { site } = stanza;
  const said = await site.mustBackrest(["check"]);
  const messages = said.split("\n").flatMap((line) =>
    /^\S+ \S+ P00 +(?:INFO|DETAIL|WARN): (.*)$/.exec(line)?.[1] ?? []
  );
  const [segment] = /0{7}1[0-9A-F]{16}/.exec(said)!;
  assertMatch(messages[1]!, /^data folder '\S+\/pg' of pg1 can be backed up: 9\d\d files, 2\d\.\dMB$/);
  const [stored] = filesBelow(site.path(`repo/archive/${STANZA}/15-1`)).filter((path) => path.includes(`${segment}-`));
  assertEquals(messages.slice(2, -1), [
    "check repo1 configuration (primary)",
    "check repo1 archive for WAL (primary)",
    `WAL segment ${segment} successfully archived to '${site.path(`repo/archive/${STANZA}/15-1/${stored}`)}' on repo1`,
  ]);
  const others = filesBelow(site.path("repo")).filter((path) => !/\.info(\.copy)?$|\/15-1\//.test(path));
  assertEquals(others, []);
  assertEquals((await site.backrest(["check", "--log-level-console=warn"])).stdout, "", "by default it is silent");
});

Deno.test("without a stanza every stanza of the configuration is checked", async () => {
  await using stanza = await makeStanza("check-all");
  const { site } = stanza;
  const config = [`--config=${site.path("pgbackrest.conf")}`];
  const all = await run(executable(), [...config, "check"]);
  assertEquals(all.code, 0, all.stdout);
  assertStringIncludes(all.stdout, "check stanza 'demo'");
  const none = await run(executable(), ["--no-config", "check"]);
  assertEquals(none.code, 0, none.stdout);
  assertStringIncludes(none.stdout, "no stanzas found to check");
});

Deno.test("what the server is set to is found", async () => {
  await using stanza = await makeStanza("check-server");
  const { site, postgres } = stanza;
  await assertCheck(
    site,
    [`--pg1-socket-path=${site.path("spool")}`],
    27,
    "unable to check pg1: ",
    "no database found",
  );
  site.makeFolder("other/global");
  await Deno.copyFile(site.path("pg/global/pg_control"), site.path("other/global/pg_control"));
  await Deno.chmod(site.path("other/global/pg_control"), 0o644);
  await assertCheck(site, [`--pg1-path=${site.path("other")}`], 58, "queried from cluster do not match version '15'");
  const settings: [setting: string, code: number, text: string][] = [
    ["archive_command = 'cp %p /nowhere/%f'", 68, "archive_command 'cp %p /nowhere/%f' must contain pgbackrest"],
    ["archive_mode = 'always'", 67, "archive_mode=always not supported"],
    ["archive_mode = 'off'", 87, "archive_mode must be enabled"],
  ];
  for (const [setting, code, text] of settings) {
    const file = `${postgres.folder}/postgresql.conf`;
    const before = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, `${setting}\n`, { append: true });
    await postgres.stop();
    await postgres.start();
    await assertCheck(site, [], code, text);
    await assertCheck(site, ["--no-archive-check"], 0);
    await Deno.writeTextFile(file, before);
  }
  await postgres.stop();
  await postgres.start();
  await assertCheck(site, ["--archive-timeout=1", "--repo1-path=/nowhere"], 55, "has the stanza been created?");
  postgres.configure({ archive_command: "false pgbackrest" });
  await postgres.sql("select pg_reload_conf()");
  await assertCheck(site, ["--archive-timeout=1"], 82, "was not archived to repo1 before the 1000ms timeout");
});

Deno.test("a role that may not back up is found", async () => {
  await using stanza = await makeStanza("check-role");
  const { site, postgres } = stanza;
  await postgres.sql("create role weak login; grant pg_monitor to weak");
  await assertCheck(
    site,
    ["--pg1-user=weak"],
    57,
    "the role that connects to pg1 may not execute pg_backup_start(text, boolean), pg_backup_stop(boolean), " +
      "pg_create_restore_point(text), pg_switch_wal()",
    "HINT: grant it",
  );
  for (const name of ["pg_backup_start(text, boolean)", "pg_backup_stop(boolean)", "pg_create_restore_point(text)"]) {
    await postgres.sql(`grant execute on function ${name} to weak`);
  }
  await assertCheck(site, ["--pg1-user=weak"], 57, "may not execute pg_switch_wal()");
  await postgres.sql("grant execute on function pg_switch_wal() to weak");
  await assertCheck(site, ["--pg1-user=weak"], 0);
});

Deno.test("files that a backup could not read or carry are found before there is a backup", async () => {
  await using stanza = await makeStanza("check-files");
  const { site } = stanza;
  const pg = site.path("pg");
  const cases: [what: string, make: () => Promise<void> | void, remove: string, code: number, text: string][] = [
    ["a closed file", () => site.write("pg/closed", "x", 0o000), "closed", 41, `for read: '${pg}/closed'`],
    ["a closed folder", () => site.makeFolder("pg/closed folder", 0o000), "closed folder", 53, "closed folder"],
    ["a line feed", () => site.write("pg/line\nfeed", "x"), "line\nfeed", 41, "its name contains a line feed"],
    ["a link to nowhere", () => Deno.symlink("/nowhere/at/all", `${pg}/link`), "link", 41, "missing path/file"],
    ["a folder for a tablespace", () => site.makeFolder("pg/pg_tblspc/1"), "pg_tblspc/1", 69, "is not a symlink"],
  ];
  for (const [what, make, remove, code, text] of cases) {
    await make();
    await assertCheck(site, [], code, text);
    assertEquals((await site.backrest(["backup", "--type=full"])).code, code, `backup with ${what}`);
    if (!remove.includes("\n")) {
      stanza.configure({}, { exclude: remove });
      await assertCheck(site, [], 0);
      stanza.configure();
    }
    await Deno.remove(`${pg}/${remove}`);
  }
  await assertCheck(site, [], 0);
});

Deno.test("a repository that cannot be written is found, also where the archive still can", async () => {
  await using stanza = await makeStanza("check-repo");
  const { site } = stanza;
  for (const folder of ["archive", "backup"]) {
    const path = site.path(`repo/${folder}/${STANZA}`);
    await Deno.chmod(path, 0o550);
    await assertCheck(site, [], 41, "unable to open file for write", "permission denied", "HINT: ");
    await Deno.chmod(path, 0o750);
  }
  await assertCheck(site, [], 0);
});

Deno.test({
  name: "a repository without room for the next full backup is found",
  ignore: Deno.uid() !== 0, // only root can mount a small file system
  fn: async () => {
    await using stanza = await makeStanza("check-room", { create: false, postgres: { walSegmentSize: 1 } });
    const { site } = stanza;
    await using disk = await mountSmallDisk(site, "small", 16);
    stanza.configure({ "repo1-path": disk.folder });
    await site.mustBackrest(["stanza-create"]);
    await assertCheck(site, [], 0, "WARN: repo1 has 1", "MB free, and the cluster has 2", "MB before compression\n");
    const label = await stanza.backup();
    assertEquals((await site.mustBackrest(["check"])).includes("WARN"), false, "another backup of this size fits");
    Deno.writeFileSync(`${disk.folder}/ballast`, new Uint8Array(8 * 2 ** 20));
    await assertCheck(
      site,
      [],
      0,
      `MB free, but the last full backup '${label}' took `,
      "HINT: ",
      "repo1-retention-full",
    );
    disk.fill();
    await assertCheck(site, [], 64, "unable to write file", "HINT: the file system is full");
  },
});

Deno.test("info files that are missing or do not fit are found", async () => {
  await using stanza = await makeStanza("check-infos", { create: false });
  const { site } = stanza;
  await assertCheck(site, [], 55, "has the stanza been created?");
  await site.mustBackrest(["stanza-create"]);
  const archive = ["", ".copy"].map((suffix) => site.path(`repo/archive/${STANZA}/archive.info${suffix}`));
  const first = await Deno.readFile(archive[0]!);
  await Deno.remove(archive[0]!);
  await assertCheck(site, [], 0);

  const other = makeClusterFolder(site, "other", { version: "14", systemId: 7700000000000000014n });
  await site.mustBackrest(["stanza-upgrade", "--no-online", `--pg1-path=${other}`]);
  await assertCheck(site, [], 28, "backup and archive info files exist but do not match the database", "version = 14");
  for (const path of archive) await Deno.writeFile(path, first);
  await assertCheck(
    site,
    [],
    28,
    "backup info file and archive info file do not match",
    "archive: id = 1",
    "backup : id = 2",
  );
  for (const path of archive) await Deno.remove(path);
  await assertCheck(site, [], 55, "archive.info");
});

Deno.test("a standby is checked beside its primary, and alone only where the repository is elsewhere", async () => {
  await using stanza = await makeStanza("check-standby");
  const { site, postgres } = stanza;
  await assertCheck(
    site,
    ["--backup-standby=y"],
    0,
    "option 'backup-standby' is enabled but standby is not properly configured",
  );
  await using standby = await startStandby(site, postgres);
  const as = (key: number) => Object.entries(standby.settings(key)).map(([name, value]) => `--${name}=${value}`);
  await assertCheck(
    site,
    as(2),
    0,
    "check repo1 (standby)",
    "switch wal not performed because this is a standby",
    "check repo1 configuration (primary)",
    "successfully archived to",
  );
  await assertCheck(site, as(1), 27, "primary database not found");
  await assertCheck(site, [`--pg1-socket-path=${site.path("spool")}`, ...as(2)], 27, "primary database not found");
  const mixed = [`--pg2-path=${site.path("pg")}`, as(2)[1]!];
  await assertCheck(site, mixed, 58, "the pg2-path and pg2-port settings likely reference different clusters");
  site.write("standby/closed", "x", 0o000);
  await assertCheck(site, as(2), 0);
  await assertCheck(site, [...as(2), "--backup-standby=y"], 41, `'${site.path("standby/closed")}'`);
});

Deno.test("check --report prints the configuration and nothing else, secrets left out", async () => {
  await using stanza = await makeStanza("check-report", { create: false, postgres: { archiver: "none" } });
  const { site, postgres } = stanza;
  await postgres.stop();
  site.configure({
    global: { "repo1-s3-key": "hidden", "log-level-console": "off" },
    [STANZA]: { "pg1-path": site.path("pg") },
  });
  site.write("pg_backrest.conf", "[global]\narchive-ranges=y\n");
  const env = {
    PGBACKREST_REPO1_CIPHER_PASS: "hidden too",
    PGBACKREST_EXCLUDE: "a:b",
    PG_BACKREST_ARCHIVE_RANGES: "n",
  };
  const { cfg } = JSON.parse(await site.mustBackrest(["check", "--report"], { env }));
  assertEquals(cfg.env, {
    PGBACKREST_EXCLUDE: { val: ["a", "b"] },
    PGBACKREST_REPO1_CIPHER_PASS: { val: "<repo1-cipher-pass>" },
    PG_BACKREST_ARCHIVE_RANGES: { val: "n" },
  });
  assertEquals(cfg.file.global["repo1-s3-key"], { val: "<repo1-s3-key>" });
  assertEquals(cfg.file.global["repo1-path"], { val: site.path("repo") });
  assertEquals(cfg.file.global["archive-ranges"], { val: "y" });
  assertEquals(cfg.file[STANZA], { "pg1-path": { val: site.path("pg") } });
});
