/** Backups whose files come from a streaming standby. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertComesBack, contentOf, promoted } from "../rig/content.ts";
import { until } from "../rig/program.ts";
import { labelsIn } from "../rig/repository.ts";
import { makeRepositoryHost } from "../rig/repository_host.ts";
import { startStandby } from "../rig/standby.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";
import { hostOptions } from "../rig/sshd.ts";
import { executable } from "../rig/program.ts";

/** Files that were copied, by the data folder they came from. */
function copiedFrom(said: string, folder: string): string[] {
  return [...said.matchAll(/backup file (\S+) \(/g)].map(([, path]) => path!).filter((path) =>
    path.startsWith(`${folder}/`)
  ).map((path) => path.slice(folder.length + 1));
}

async function fill({ site, postgres }: Stanza): Promise<void> {
  site.makeFolder("space");
  site.makeFolder("space-standby");
  await postgres.sql("create table t as select g from generate_series(1, 10000) g");
}

Deno.test("with backup-standby=y what WAL keeps alike comes from the standby, the rest from the primary", async () => {
  await using stanza = await makeStanza("standby", { global: { "process-max": "2", "repo1-bundle": "y" } });
  const { site, postgres } = stanza;
  await fill(stanza);
  await using standby = await startStandby(site, postgres);
  await using other = await startStandby(site, postgres, "standby-other");
  const global = { "process-max": "2", "repo1-bundle": "y", "log-level-console": "detail", "backup-standby": "y" };
  stanza.configure(global, { ...standby.settings(2), ...other.settings(3), "pg4-path": site.path("nowhere") });
  await postgres.sql("insert into t select 7");
  const said = await site.mustBackrest(["backup", "--type=full"]);
  assertMatch(said, /WARN: unable to check pg4: /);
  assertMatch(said, /wait for replay on the standby to reach .*\n.*replay on the standby reached /);
  const [there, here] = [copiedFrom(said, standby.folder), copiedFrom(said, postgres.folder)];
  assert(there.length > 500, `${there.length} files came from the standby`);
  assert(there.every((path) => /^(base|global|pg_xact|pg_multixact)\//.test(path)), there.join());
  assert(here.every((path) => path === "global/pg_control" || !/^(base|global)\//.test(path)), here.join());
  for (const path of ["global/pg_control", "postgresql.conf", "PG_VERSION"]) assert(here.includes(path), path);
  assertEquals(copiedFrom(said, other.folder), [], "one standby is enough");
  assertMatch(await site.mustBackrest(["info", "--output=json"]), /"error":false/);
  await site.mustBackrest(["verify"]);
  await postgres.sql("insert into t select 8");
  // The other standby takes the place of one that does not answer.
  await standby.stop();
  const next = await site.mustBackrest(["backup", "--type=diff", "--delta"]);
  const table = await postgres.sql("select pg_relation_filepath('t')");
  assert(copiedFrom(next, other.folder).includes(table), next);
  assert(!copiedFrom(next, postgres.folder).includes(table), next);
  await assertComesBack(postgres, () => site.mustBackrest(["restore", "--delta"]));
});

Deno.test("without a standby, or with one that does not get on, the backup ends before anything is stored", async () => {
  await using stanza = await makeStanza("standby-stuck");
  const { site, postgres } = stanza;
  const missing = await site.backrest(["backup", "--backup-standby"]);
  assertEquals(missing.code, 56, missing.stdout);
  assertStringIncludes(missing.stdout, "unable to find standby cluster - cannot proceed");
  const prefers = await site.mustBackrest(["backup", "--backup-standby=prefer"]);
  assertStringIncludes(prefers, "unable to find a standby to perform the backup, using primary instead");
  const before = labelsIn(site);
  await using standby = await startStandby(site, postgres);
  stanza.configure({}, standby.settings(2));
  await standby.sql("select pg_wal_replay_pause()");
  await until("replay is paused", async () => await standby.sql("select pg_get_wal_replay_pause_state()") === "paused");
  const stuck = await site.backrest(["backup", "--backup-standby", "--archive-timeout=2"]);
  assertEquals(stuck.code, 82, stuck.stdout);
  assertMatch(stuck.stdout, /standby pg2 did not replay beyond .* before the 2000ms timeout: replay is at /);
  assertEquals(labelsIn(site), before);
  await standby.sql("select pg_wal_replay_resume()");
  await site.mustBackrest(["backup", "--backup-standby"]);
});

Deno.test("hosts are three: the repository host backs up from the standby, which takes over, and goes on from there", async () => {
  await using hosts = await makeRepositoryHost("standby-hosts", { there: { "backup-standby": "y" } });
  const { site, postgres, sshd } = hosts;
  await postgres.sql("create table t as select g from generate_series(1, 1000) g");
  await using standby = await startStandby(site, postgres);
  // The second database host: a configuration of its own, in which its cluster is the first.
  const second = Deno.readTextFileSync(site.path("pgbackrest.conf"))
    .replace(`pg1-path=${postgres.folder}`, `pg1-path=${standby.folder}`)
    .replace(/pg1-socket-path=.*/, `pg1-socket-path=${standby.socketFolder}`);
  site.write("second.conf", second);
  const archive = `${executable()} --config=${site.path("second.conf")} --stanza=demo archive-push "%p"`;
  await standby.sql(`alter system set archive_command = '${archive}'`).catch(() => {});
  site.write(
    "standby/postgresql.auto.conf",
    `${Deno.readTextFileSync(site.path("standby/postgresql.auto.conf"))}
archive_command = '${archive}'
`,
    0o600,
  );
  await standby.stop();
  await standby.start();
  hosts.configureThere({ "backup-standby": "y" }, {
    ...hostOptions(sshd, "pg2", executable(), site.path("second.conf")),
    ...standby.settings(2),
  });
  assertStringIncludes(await hosts.mustThere(["backup", "--type=full"]), "replay on the standby reached");
  // Promoted in the middle of a backup, it is no standby any more.
  await postgres.sql("create table big as select g, repeat('x', 900) x from generate_series(1, 40000) g");
  await standby.caughtUp();
  const running = hosts.startThere(["backup", "--type=full", "--compress-type=none"]);
  await using _ = running;
  const worker = () => hosts.remotes({ serves: "pg", process: 1 });
  await until("a worker copies", () => worker().length > 0);
  const [pid] = worker();
  Deno.kill(pid!, "SIGSTOP");
  await standby.sql("select pg_promote()");
  await until("the standby is promoted", async () => await standby.sql("select pg_is_in_recovery()") === "f");
  Deno.kill(pid!, "SIGCONT");
  const ended = await running.ended;
  assertEquals(ended.code, 58, ended.stdout);
  assertStringIncludes(ended.stdout, "standby pg2 was promoted while the backup was running");
  await postgres.stop();
  await standby.sql("insert into t select 7");
  const said = await hosts.mustThere(["backup", "--type=incr", "--backup-standby=prefer"]);
  assertStringIncludes(said, "unable to check pg1");
  assertStringIncludes(said, "a timeline switch has occurred since");
  await hosts.mustThere(["verify"]);
  // What was backed up after the switch comes back on the new timeline, and recovery goes on from there.
  await standby.sql("insert into t select 8");
  await standby.sql("select pg_switch_wal()");
  const content = await contentOf(standby);
  await standby.stop();
  await site.mustBackrest([`--config=${site.path("second.conf")}`, "restore", "--delta"]);
  await standby.start();
  await promoted(standby);
  assertEquals(await contentOf(standby), content);
  assertEquals(await standby.sql("select timeline_id from pg_control_checkpoint()"), "3");
});
