/** A key whose forced command is ours opens no more than option remote-allow says, whatever the other host asks for. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { remoteStorage } from "../../src/storage/remote.ts";
import { connect, type Connection } from "../../src/wire/connect.ts";
import { shellQuote } from "../../src/wire/shell.ts";
import { databaseUserName, run } from "../rig/program.ts";
import { archived, archiveFolder, filesBelow, namesIn } from "../rig/repository.ts";
import { makeRepositoryHost, type RepositoryHost } from "../rig/repository_host.ts";
import { makeSegment } from "../rig/wal.ts";

const QUIET = { postgres: { archiver: "none" } };

/** Lets the key of the database host do what a forced command with these options allows. */
function force(hosts: RepositoryHost, ...options: string[]): void {
  const { site, sshd } = hosts;
  const words = [site.path("there/bin/backrest"), `--config=${site.path("there/backrest.conf")}`, ...options, "remote"];
  sshd.authorize(`restrict,command="${words.join(" ")}"`);
}

/** A connection as somebody has it who took over the database host: asking for whatever he likes. */
async function intruder(hosts: RepositoryHost, command: string, ...options: string[]): Promise<Connection> {
  const { sshd } = hosts;
  const words = [
    "pg_backrest",
    "--stanza=demo",
    "--remote-type=repo",
    "--repo=1",
    "--process=0",
    "--exec-id=1-00000001",
  ]
    .concat(options, command);
  const target = ["-p", String(sshd.port), `${databaseUserName()}@${sshd.host}`];
  // ssh looks for the key as the one who owns it.
  const subprocess = { program: "/usr/sbin/runuser", args: ["-u", databaseUserName(), "--", sshd.ssh, ...target] };
  const asOther = Deno.uid() === 0 ? subprocess : { program: sshd.ssh, args: target };
  return await connect({ ...asOther, args: [...asOther.args, words.map(shellQuote).join(" ")] }, {
    host: "there",
    connectTimeout: 30_000,
    timeout: 30_000,
    ended: new AbortController().signal,
  });
}

async function kindOf(attempt: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(attempt, BackRestError)).kind;
}

async function drain(list: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of list) continue;
}

Deno.test("a key that may only push adds to the archive, and can do nothing else", async () => {
  await using hosts = await makeRepositoryHost("push-only", QUIET);
  const { site, postgres } = hosts;
  force(hosts, "--stanza=demo", "--remote-allow=push");
  const cwd = postgres.folder;
  const segment = makeSegment(hosts, "000000010000000000000005");
  for (let i = 0; i < 2; i++) await site.mustBackrest(["archive-push", segment], { cwd });
  site.write("pg/pg_wal/00000002.history", "1\t0/3000000\tno recovery target specified\n");
  for (let i = 0; i < 2; i++) await site.mustBackrest(["archive-push", "pg_wal/00000002.history"], { cwd });
  makeSegment(hosts, "000000010000000000000005", { mark: "another" });
  assertEquals((await site.backrest(["archive-push", segment], { cwd })).code, 45);
  const stored = archived(site, "there/repo");
  assertEquals(stored.length, 2);
  for (const [args, code] of [[["info"], 104], [["expire"], 104], [["verify"], 105], [["backup"], 105]] as const) {
    const ended = await site.backrest([...args]);
    assertEquals(ended.code, code, ended.stdout);
    assertStringIncludes(ended.stdout, "of another host is not allowed here");
  }
  const before = filesBelow(site.path("there/repo"));
  await using connection = await intruder(hosts, "archive-push:remote");
  const storage = remoteStorage(() => Promise.resolve(connection), { name: "repo", root: "" });
  const folder = "archive/demo/15-1/0000000100000000";
  const wal = `${folder}/${stored.find((name) => name.endsWith(".gz"))}`;
  const write = (path: string, options: object) => async () => {
    await using sink = await storage.write(path, options);
    await sink.write(new Uint8Array([1]));
    await sink.commit();
  };
  const refused: Record<string, () => Promise<unknown>> = {
    "read WAL": () => storage.read(wal),
    "read a backup": () => storage.read("backup/demo/backup.info"),
    "list backups": () => drain(storage.list("backup/demo")),
    "list another stanza": () => drain(storage.list("archive/other")),
    "remove WAL": () => storage.remove(wal),
    "remove all": () => storage.removeTree("archive/demo"),
    "remove archive.info": () => storage.remove("archive/demo/archive.info"),
    "write archive.info": write("archive/demo/archive.info", { how: "inPlace" }),
    "write into a backup": write("backup/demo/x", {}),
    "append to WAL": () => storage.append(wal),
    "link": () => storage.link(`${folder}/x`, "y"),
    "hard link": () => storage.hardLink(`${folder}/x`, wal),
    "take a lock": () => connection.call("begin", { types: ["backup"], repoKeys: [1], stopped: false, driver: "x" }),
    "verify": () => connection.call("verify", { checks: [] }),
    "claim a set": () => connection.call("sets.claim", { stanza: "demo", label: "20260101-010101F" }),
    "get a key": () => connection.call("sets.passphrase", { stanza: "demo", label: "20260101-010101F" }),
  };
  for (const [name, attempt] of Object.entries(refused)) assertEquals(await kindOf(attempt), "access", name);
  for (const how of ["atomic", "inPlace", "noReplace"]) {
    assertEquals(await kindOf(write(wal, { how, tag: "1-1" })), "fileExists", how);
  }
  assertEquals(await kindOf(write("archive/demo/../../../x", {})), "paramInvalid");
  await write(`${folder}/000000010000000000000009-x`, { how: "atomic" })();
  await storage.remove(`${folder}/000000010000000000000009-x`);
  assertEquals(filesBelow(site.path("there/repo")), before);
});

Deno.test("a key that may only read restores and looks, and changes nothing", async () => {
  const there = { "repo1-cipher-type": "aes-256-cbc", "repo1-cipher-pass": "secret" };
  await using hosts = await makeRepositoryHost("read-only", { there });
  const { site, postgres } = hosts;
  const label = await hosts.backup();
  await postgres.stop();
  force(hosts, "--stanza=demo", "--remote-allow=read");
  await site.mustBackrest(["restore", "--delta"]);
  await site.mustBackrest(["verify"]);
  assertStringIncludes(await site.mustBackrest(["info"]), label);
  const [segment] = archived(site, "there/repo");
  await site.mustBackrest(["archive-get", segment!.slice(0, 24), "pg_wal/X"], { cwd: postgres.folder });
  site.write("pg/pg_wal/000000010000000000000077", Deno.readFileSync(`${postgres.folder}/pg_wal/X`));
  const push = await site.backrest(["archive-push", "pg_wal/000000010000000000000077"], { cwd: postgres.folder });
  assertStringIncludes(push.stdout, "archive-push of another host is not allowed here");
  const before = filesBelow(site.path("there/repo"));
  await using connection = await intruder(hosts, "restore:remote");
  const storage = remoteStorage(() => Promise.resolve(connection), { name: "repo", root: "" });
  const file = `backup/demo/${label}/backup.manifest`;
  const refused: Record<string, () => Promise<unknown>> = {
    "write": async () => {
      await using sink = await storage.write(`backup/demo/${label}/new`);
      await sink.commit();
    },
    "append": () => storage.append(file),
    "remove": () => storage.remove(file),
    "remove all": () => storage.removeTree("backup"),
    "make a folder": () => storage.makeFolder("backup/demo/x"),
    "sync": () => storage.syncFolder("backup/demo"),
    "link": () => storage.link("backup/demo/x", "y"),
    "get a key": () => connection.call("sets.passphrase", { stanza: "demo", label }),
    "another stanza": () => storage.read("backup/other/backup.info"),
  };
  for (const [name, attempt] of Object.entries(refused)) assertEquals(await kindOf(attempt), "access", name);
  assertEquals(filesBelow(site.path("there/repo")), before);
});

Deno.test("nothing of what the other host wants to run is run, and its options do not count", async () => {
  await using hosts = await makeRepositoryHost("forced", QUIET);
  const { site, sshd } = hosts;
  force(hosts, "--stanza=demo", "--repo=1", "--remote-allow=push", "--remote-allow=read");
  await site.mustBackrest(["info"]);
  const ssh = (command: string) =>
    run(sshd.ssh, ["-p", String(sshd.port), `${databaseUserName()}@${sshd.host}`, command]);
  for (
    const command of ["id", "", "sh -c 'id'", "pg_backrest version", "x info:remote; id", "x $(id)", "scp -t /tmp"]
  ) {
    const ended = await ssh(command);
    assertEquals(ended.code, 105, `${command}: ${ended.stdout}${ended.stderr}`);
    assert(!ended.stdout.includes("uid="), ended.stdout);
  }
  const cases = [
    { name: "repo1-path", args: [`--repo1-path=${site.path("there/repo2")}`] },
    { name: "config", args: ["--repo1-host-config=/etc/other.conf"] },
    { name: "stanza", args: ["--stanza=other"] },
  ];
  for (const { name, args } of cases) {
    const ended = await site.backrest(["verify", ...args]);
    assertEquals(ended.code, 105, ended.stdout);
    assertStringIncludes(ended.stdout, `option '${name}' of the other host`);
  }
  // What is the same on both hosts is no reason to refuse.
  await site.mustBackrest(["info", `--repo1-path=${site.path("there/repo")}`]);
  for (const options of [["--lock-path=/tmp/x"], ["--remote-allow=all"], ["--repo=2"], ["--remote-type=pg"]]) {
    assertEquals(
      await kindOf(() => intruder(hosts, "info:remote", ...options).then((it) => it.call("x", 1))),
      "access",
    );
  }
  assertEquals(namesIn(archiveFolder(site, "there/repo")), []);
});

Deno.test("limits hold without a forced command too, as long as the other host keeps to our protocol", async () => {
  await using hosts = await makeRepositoryHost("by-option", QUIET);
  const { site, postgres } = hosts;
  site.write("there/pg_backrest.conf", "[demo]\nremote-allow=push\n");
  await site.mustBackrest(["archive-push", makeSegment(hosts, "000000010000000000000005")], { cwd: postgres.folder });
  const refused = await site.backrest(["repo-ls"]);
  assertEquals(refused.code, 105, refused.stdout);
  assertStringIncludes(refused.stderr + refused.stdout, "repo-ls of another host is not allowed here");
});

Deno.test("the key of a repository host may be limited to backing up the cluster", async () => {
  await using hosts = await makeRepositoryHost("cluster-only");
  const { site, sshd } = hosts;
  const words = [site.path("bin/backrest"), `--config=${site.path("pgbackrest.conf")}`, "--stanza=demo"];
  site.makeFolder("bin");
  await site.link(Deno.realPathSync(site.path("there/bin/backrest")), "bin/backrest");
  // One key serves both directions here, so WAL goes another way.
  hosts.configure({ ...hosts.reached, "repo1-host": null, "repo1-path": site.path("there/repo") });
  hosts.configureThere({}, { "pg1-host-config": site.path("pgbackrest.conf") });
  sshd.authorize(`restrict,command="${[...words, "--remote-allow=cluster", "remote"].join(" ")}"`);
  const said = await hosts.mustThere(["backup", "--type=full"]);
  assertStringIncludes(said, "new backup label");
  await assertRejects(() => intruder(hosts, "archive-push:remote"), BackRestError, "is not allowed here");
  const connection = await intruder(hosts, "backup:remote", "--remote-type=pg").catch((error: unknown) => error);
  assert(connection instanceof BackRestError, "option remote-type cannot be given twice");
});
