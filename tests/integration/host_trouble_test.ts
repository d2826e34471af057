/** What goes wrong between two hosts ends in a clear error, in bounded time, and leaves nothing running. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Ended } from "../rig/program.ts";
import { until } from "../rig/program.ts";
import { labelsIn } from "../rig/repository.ts";
import { makeRepositoryHost, type RepositoryHost } from "../rig/repository_host.ts";
import { PEER } from "../rig/site.ts";
import { PROTOCOL } from "../../src/wire/greeting.ts";
import { VERSION } from "../../src/version.ts";
import { processesOf } from "../rig/sshd.ts";
import { makeSegment } from "../rig/wal.ts";

const QUIET = { postgres: { archiver: "none" } };

/** Writes a program that stands between ssh and ours. */
function between(hosts: RepositoryHost, name: string, lines: string): string {
  const { site } = hosts;
  site.write(name, `#!/bin/sh\n${lines}\nexec ${site.path("there/bin/backrest")} "$@"\n`, 0o755);
  return site.path(name);
}

/** Lines that make of our program one of a later version, which does not speak our protocol any more. */
function newer(program: string): string {
  const ours = `"protocol":{"min":${PROTOCOL.min},"max":${PROTOCOL.max}}`;
  const greeting = `s/"version":"[^"]*",${ours}/"version":"9.9.9","protocol":{"min":7,"max":9}/`;
  return `${program} "$@" | sed -u '${greeting}'\nexit`;
}

Deno.test("a host that cannot be used is named with the reason and what to do", async () => {
  await using hosts = await makeRepositoryHost("unusable", QUIET);
  const { site } = hosts;
  const verify = (...args: string[]) => site.backrest(["verify", "--io-timeout=5", ...args]);
  const failing = [
    { args: ["--repo1-host-port=1"], code: 49, texts: ["unable to connect to host '127.0.0.1'", "Connection refused"] },
    { args: ["--repo1-host-user=nobody"], code: 49, texts: ["Permission denied (publickey)", "HINT: try it by hand"] },
    { args: ["--repo1-host-cmd=/no/such"], code: 39, texts: ["/no/such", "ended with 127", "repo-host-cmd"] },
    { args: [`--repo1-host-cmd=${PEER}`], code: 39, texts: ["pgBackRest 2.45 answered", "repo1-host-cmd"] },
    { args: ["--repo1-host-cmd=/bin/true"], code: 39, texts: ["no greeting from pg_backrest"] },
    {
      args: ["--repo1-host-config=/no/such.conf"],
      code: 39,
      texts: ["[055] unable to open missing file '/no/such.conf'", "on host 127.0.0.1"],
    },
    { args: ["--cmd-ssh=/no/ssh"], code: 102, texts: ["unable to run '/no/ssh'", "cmd-ssh"] },
    {
      args: [`--repo1-host-cmd=${between(hosts, "noisy", "yes | head -c 1000000")}`],
      code: 39,
      texts: ["no greeting from pg_backrest", "y\n"],
    },
    {
      args: [`--repo1-host-cmd=${between(hosts, "newer", newer(site.path("there/bin/backrest")))}`],
      code: 39,
      texts: [
        "pg_backrest 9.9.9 on host '127.0.0.1' speaks protocol 7 to 9",
        `pg_backrest ${VERSION} here on '${Deno.hostname()}' ${PROTOCOL.min} to ${PROTOCOL.max}`,
        "install versions whose protocols overlap on both hosts",
      ],
    },
  ];
  for (const { args, code, texts } of failing) {
    const ended = await verify(...args);
    assertEquals(ended.code, code, `${args}: ${ended.stdout}`);
    for (const text of texts) assertStringIncludes(ended.stdout, text);
  }
});

Deno.test("what a login shell prints is passed over, and an option no shell word gets out of its quotes", async () => {
  await using hosts = await makeRepositoryHost("chatty", QUIET);
  const { site } = hosts;
  const program = between(
    hosts,
    'it\'s a $(false) "program"',
    "echo Welcome; echo '{\"motd\": 1}'; echo oops >&2",
  );
  assertStringIncludes(await site.mustBackrest(["info", `--repo1-host-cmd=${program}`]), "stanza: demo");
});

Deno.test("a host that says nothing is given up after io-timeout", async () => {
  await using hosts = await makeRepositoryHost("silent", QUIET);
  const started = Date.now();
  const program = between(hosts, "hanging", "cat >/dev/null");
  const ended = await hosts.site.backrest(["verify", "--io-timeout=1", `--repo1-host-cmd=${program}`]);
  assertEquals(ended.code, 49, ended.stdout);
  assertStringIncludes(ended.stdout, "no greeting from host '127.0.0.1' within 1000ms");
  assert(Date.now() - started < 40_000);
});

Deno.test("a signal ends a restore that is still connecting, with all it has started", async () => {
  await using hosts = await makeRepositoryHost("connecting", QUIET);
  const { site, sshd } = hosts;
  const program = between(hosts, "hanging", "cat >/dev/null");
  await using restore = site.start(["restore", `--pg1-path=${site.path("new")}`, `--repo1-host-cmd=${program}`]);
  await until("it connects for itself and for a worker", () => sshd.serving().length === 2);
  const killed = Date.now();
  restore.kill("SIGTERM");
  const { code, stdout } = await restore.ended;
  assertEquals(code, 63, stdout);
  assert(Date.now() - killed < 10_000, stdout);
  await until("no ssh is left", () => processesOf(site).every(({ words }) => words[0] !== "ssh"));
});

Deno.test("a stop file and a lock on the other host count", async () => {
  await using hosts = await makeRepositoryHost("locked-there", { gate: true });
  const { site } = hosts;
  await hosts.mustThere(["stop"]);
  const stopped = await site.backrest(["archive-push", makeSegment(hosts, "000000010000000000000002")], {
    cwd: hosts.postgres.folder,
  });
  assertEquals(stopped.code, 103, stopped.stdout);
  assertStringIncludes(stopped.stdout, "stop file exists for stanza demo (on host 127.0.0.1)");
  await hosts.mustThere(["start"]);
  await using backup = site.start(["backup", "--archive-timeout=60"]);
  const lock = site.path("there/lock/demo-backup-1.lock");
  await until("the backup holds the lock on the repository host", () => exists(lock));
  const refused = await hosts.there(["expire"]);
  assertEquals(refused.code, 50, refused.stdout);
  assertStringIncludes(refused.stdout, `backup of process ${backup.pid} on ${Deno.hostname()}`);
  assertMatch(refused.stdout, / holds it since 20\d\d-/);
  const again = await site.backrest(["backup"]);
  assertEquals(again.code, 50, again.stdout);
  assertStringIncludes(again.stdout, `process ${backup.pid} (backup) on ${Deno.hostname()} holds it since 20`);
  backup.kill("SIGKILL");
  await backup.ended;
  await until("the lock is gone with the backup", async () => (await hosts.there(["expire"])).code === 0);
  await until("nothing is served any more", () => hosts.sshd.serving().length === 0);
});

Deno.test("stop with force on the repository host ends the backup of the database host, and waits for what serves it", async () => {
  await using hosts = await makeRepositoryHost("forced-there", { gate: true });
  const { site, postgres } = hosts;
  await using backup = site.start(["backup", "--archive-timeout=60"]);
  const sessions = "select count(*) from pg_stat_activity where application_name like 'pgBackRest%'";
  await until("the backup waits for WAL", async () => await postgres.sql(sessions) === "1");
  const [pid] = hosts.remotes({ serves: "repo", process: 0 });
  const said = await hosts.mustThere(["stop", "--force"]);
  assertStringIncludes(said, `sent term signal to process ${pid}`);
  assertEquals(hosts.remotes({ serves: "repo", process: 0 }), [], "it is gone when stop returns");
  assertEquals([...Deno.readDirSync(site.path("there/lock"))].map(({ name }) => name), ["demo.stop"], "and its locks");
  const ended = await backup.ended;
  assertEquals(ended.code, 39, ended.stdout);
  assertStringIncludes(ended.stdout, "terminated on signal SIGTERM");
  await until("PostgreSQL has no backup any more", async () => await postgres.sql(sessions) === "0");
  const refused = await site.backrest(["backup"]);
  assertEquals(refused.code, 62, refused.stdout);
  assertStringIncludes(refused.stdout, "stop file exists for stanza demo (on host 127.0.0.1)");
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function bigCluster(name: string): Promise<RepositoryHost> {
  const hosts = await makeRepositoryHost(name, { global: { "process-max": "2", "compress-type": "none" } });
  await hosts.postgres.sql("create table t as select g, repeat('x', 500) as x from generate_series(1, 200000) g");
  return hosts;
}

/** A backup that has begun to copy, and the pid of a remote of it. */
async function copying(hosts: RepositoryHost, process: number, args: string[] = []) {
  const backup = hosts.site.start(["backup", ...args]);
  const remotes = (process: number) => hosts.remotes({ serves: "repo", process });
  await until("both workers are connected", () => remotes(1).length + remotes(2).length === 2);
  return { backup, pid: remotes(process)[0]! };
}

Deno.test("a connection of a worker that is cut is opened again and the job repeated", async () => {
  await using hosts = await bigCluster("cut-worker");
  const { backup, pid } = await copying(hosts, 1);
  await using _ = backup;
  Deno.kill(pid, "SIGKILL");
  const ended: Ended = await backup.ended;
  assertEquals(ended.code, 0, ended.stdout);
  await hosts.site.mustBackrest(["verify"]);
});

Deno.test("the loss of the connection that holds the lock ends the run", async () => {
  await using hosts = await bigCluster("cut-main");
  const { backup, pid } = await copying(hosts, 0);
  await using _ = backup;
  Deno.kill(pid, "SIGKILL");
  const ended: Ended = await backup.ended;
  assertEquals(ended.code, 39, ended.stdout);
  assertStringIncludes(ended.stdout, "connection to host '127.0.0.1' ended");
  await until("nothing is served any more", () => hosts.sshd.serving().length === 0);
  await hosts.backup();
  assertEquals(labelsIn(hosts.site, "there/repo").length, 1);
});

Deno.test("a host that hangs is given up after protocol-timeout", async () => {
  await using hosts = await bigCluster("hung");
  const { backup, pid } = await copying(hosts, 0, ["--protocol-timeout=3", "--db-timeout=2"]);
  await using _ = backup;
  Deno.kill(pid, "SIGSTOP");
  const ended: Ended = await backup.ended;
  Deno.kill(pid, "SIGCONT");
  assertEquals(ended.code, 39, ended.stdout);
  assertStringIncludes(ended.stdout, "no sign of life from host '127.0.0.1'");
});
