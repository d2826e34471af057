/** check: that everything works, and for each thing that does not its own code and what to do about it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { executable, run, until } from "../rig/program.ts";
import { archived, storedSegment } from "../rig/repository.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** Sets something of the server and waits until it holds. */
async function alter({ postgres }: Stanza, name: string, value: string): Promise<void> {
  await postgres.sql(`alter system set ${name} = '${value.replaceAll("'", "''")}'`);
  await postgres.sql("select pg_reload_conf()");
  await until(`${name}`, async () => await postgres.sql(`show ${name}`) === value);
}

Deno.test("a working stanza is proven by a segment that arrives", async () => {
  await using stanza = await makeStanza("check");
  const { site } = stanza;
  const said = await site.mustBackrest(["check"]);
  const [, segment, path] = /WAL segment (\w{24}) successfully archived to '(.*)' on repo1/.exec(said)!;
  assertEquals(path, storedSegment(site, segment!));
  assertMatch(said, /check repo1 configuration \(primary\)\n.*check repo1 archive for WAL \(primary\)\n/);
});

Deno.test("wrong settings of the server are named by their own codes", async () => {
  await using stanza = await makeStanza("check-settings", { global: { "archive-timeout": "1" } });
  const { site, postgres } = stanza;
  const command = await postgres.sql("show archive_command");
  const check = (args: string[] = []) => site.backrest(["check", ...args]);
  const expect = async (code: number, text: string, args: string[] = []) => {
    const ended = await check(args);
    assertEquals(ended.code, code, ended.stdout);
    assertStringIncludes(ended.stdout, text);
    assertMatch(ended.stdout, /HINT: /);
  };
  await alter(stanza, "archive_command", "cp %p /dev/null");
  await expect(68, "archive_command 'cp %p /dev/null' must contain");
  await expect(68, "must contain", ["--no-archive-mode-check"]);
  assertEquals((await check(["--no-archive-check"])).code, 0);
  await alter(stanza, "archive_command", "false pgbackrest");
  await expect(82, "was not archived");
  await alter(stanza, "archive_command", "true pg_backrest");
  await expect(82, "was not archived");
  await alter(stanza, "archive_command", command);
  assertEquals((await check(["--archive-timeout=30"])).code, 0);

  const restart = async (mode: string) => {
    await postgres.stop();
    postgres.configure({ archive_mode: mode });
    await postgres.start();
  };
  await restart("always");
  await expect(67, "archive_mode=always not supported");
  assertEquals((await check(["--no-archive-mode-check", "--archive-timeout=30"])).code, 0);
  await restart("off");
  await expect(87, "archive_mode must be enabled");
  const backup = await site.backrest(["backup", "--type=full"]);
  assertEquals(backup.code, 87, backup.stdout);
});

Deno.test("a cluster that cannot be found or is another one is named", async () => {
  await using stanza = await makeStanza("check-cluster");
  const { site, postgres } = stanza;
  const codes = async () => {
    const [check, backup] = [await site.backrest(["check"]), await site.backrest(["backup", "--type=full"])];
    return { check, backup, codes: [check.code, backup.code] };
  };
  stanza.configure(undefined, { "pg1-socket-path": site.path("nowhere") });
  const socket = await codes();
  assertEquals(socket.codes, [27, 56], socket.check.stdout);
  assertMatch(socket.check.stdout, /WARN: unable to check pg1: \[DbConnectError\][^]*\[027\]: no database found/);
  assertMatch(
    socket.check.stdout,
    /HINT: is PostgreSQL running, and are options pg-socket-path and pg-port right\? Look with: ls -l/,
  );
  stanza.configure(undefined, { "pg1-port": "5999" });
  assertEquals((await codes()).codes, [27, 56]);
  stanza.configure(undefined, { "pg1-path": site.path("missing") });
  const missing = await codes();
  assertEquals(missing.codes, [27, 56], missing.check.stdout);
  assertMatch(missing.check.stdout, /\[FileMissingError\] unable to open file '.*\/missing\/global\/pg_control'/);

  await using other = await makeStanza("check-other", { create: false, postgres: { archiver: "none" } });
  stanza.configure(undefined, { "pg1-path": other.postgres.folder });
  const wrong = await codes();
  assertEquals(wrong.codes, [58, 51], wrong.check.stdout);
  assertStringIncludes(wrong.check.stdout, `path '${postgres.folder}' queried from cluster do not match`);
  assertStringIncludes(
    wrong.check.stdout,
    "HINT: the pg1-path and pg1-port settings likely reference different clusters.",
  );

  stanza.configure();
  assertEquals(archived(site), []);
  await postgres.stop();
  assertEquals((await codes()).codes, [27, 56]);
});

Deno.test("a stanza that was not created, or not in every repository, is named", async () => {
  await using stanza = await makeStanza("check-stanza", { create: false });
  const { site } = stanza;
  const none = await site.backrest(["check"]);
  assertEquals(none.code, 55, none.stdout);
  assertMatch(
    none.stdout,
    /\[055\]: unable to load info file[^]*HINT: has the stanza been created\? pg_backrest --stanza=demo stanza-create/,
  );
  await site.mustBackrest(["stanza-create"]);
  await site.mustBackrest(["check"]);
  stanza.configure({ "repo2-path": site.path("repo2") });
  const second = await site.backrest(["check"]);
  assertEquals(second.code, 55, second.stdout);
  assertStringIncludes(second.stdout, "archive/demo/archive.info");
});

Deno.test("without a stanza every one of the configuration is checked", async () => {
  await using stanza = await makeStanza("check-all");
  const { site, postgres } = stanza;
  const call = () => run(executable(), [`--config=${site.path("pgbackrest.conf")}`, "check"]);
  const one = await call();
  assertEquals(one.code, 0, one.stdout);
  assertMatch(one.stdout, /check stanza 'demo'\n[^]*successfully archived/);
  site.configure({
    global: {},
    demo: { "pg1-path": postgres.folder, "pg1-socket-path": site.path("socket") },
    zebra: { "pg1-path": postgres.folder, "pg1-socket-path": site.path("socket") },
  });
  const two = await call();
  assertEquals(two.code, 55, two.stdout);
  assertMatch(two.stdout, /check stanza 'demo'\n[^]*successfully archived[^]*check stanza 'zebra'\n/);
  site.configure({ global: {} });
  const none = await call();
  assertEquals(none.code, 0, none.stdout);
  assertMatch(none.stdout, /WARN: no stanzas found to check/);
});

Deno.test("a standby alone is checked without a switch of WAL", async () => {
  await using stanza = await makeStanza("check-standby");
  const { site, postgres } = stanza;
  await stanza.backup();
  await postgres.stop();
  await site.mustBackrest(["restore", "--delta", "--type=standby"]);
  await postgres.start();
  const before = archived(site);
  const said = await site.backrest(["check"]);
  assert(said.stdout.includes("standby"), said.stdout);
  assertEquals(archived(site), before);
});
