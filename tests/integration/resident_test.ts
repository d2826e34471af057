/** The background process that stays: calls it answers, and everything it leaves to the caller. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { executable, run, until } from "../rig/program.ts";
import { archived, namesIn } from "../rig/repository.ts";
import { STANZA } from "../rig/site.ts";
import { ASYNC, backgroundPids, breaksIn, makeReady, markDone, quiet, segments, spooled } from "../rig/spool.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";
import { makeQuietStanza, makeSegment } from "../rig/wal.ts";

/** A quiet stanza whose background process stays for so long. */
async function withResident(name: string, idle = "60s", global: Record<string, string> = {}): Promise<Stanza> {
  const stanza = await makeQuietStanza(name, { global: { ...ASYNC, "archive-timeout": "20", ...global } });
  stanza.site.write("pg_backrest.conf", `[global]\narchive-resident=${idle}\n`);
  return stanza;
}

const socket = ({ site }: Stanza, which: "push" | "get" = "push") =>
  site.path(`spool/archive/${STANZA}/${which}.socket`);
const names = (stanza: Stanza, repository = "repo") =>
  archived(stanza.site, repository).map((each) => each.slice(0, 24));

/** A call as PostgreSQL makes it, with the variable that leads to the socket. */
function call(stanza: Stanza, args: string[], cwd = stanza.postgres.folder) {
  const which = args.includes("archive-get") ? "get" : "push";
  return stanza.site.backrest(args, { cwd, env: { PG_BACKREST_ARCHIVE_SOCKET: socket(stanza, which) } });
}

const push = (stanza: Stanza, name: string, args: string[] = [], cwd?: string) =>
  call(stanza, ["archive-push", `pg_wal/${name}`, ...args], cwd);

/** Ends the process that stays, as its user would. */
async function dismiss({ site }: Stanza): Promise<void> {
  for (const pid of backgroundPids(site)) Deno.kill(pid, "SIGTERM");
  await quiet(site);
}

const isUp = (stanza: Stanza, which: "push" | "get" = "push") =>
  until(
    "the process to answer",
    () => namesIn(stanza.site.path(`spool/archive/${STANZA}`)).includes(`${which}.socket`),
  );

Deno.test("calls are answered by the process that stays, which pushes what is ready and holds nothing in between", async () => {
  await using stanza = await withResident("resident-push");
  const { site } = stanza;
  const files = segments(5, 4);
  makeReady(stanza, files[0]!);
  const first = await push(stanza, files[0]!);
  assertEquals(first.code, 0, first.stdout);
  assertStringIncludes(first.stdout, "asynchronously", "the first call starts it");
  await isUp(stanza);
  assertEquals(Deno.lstatSync(socket(stanza)).mode! & 0o777, 0o600);
  const [pid] = backgroundPids(site);
  for (const name of files.slice(1)) {
    makeReady(stanza, name);
    const next = await push(stanza, name);
    assertEquals([next.code, next.stdout, next.stderr], [0, "", ""], name);
    await markDone(stanza, name);
    await until("the locks to be released", () => namesIn(site.path("lock")).length === 0);
  }
  assertEquals([names(stanza), backgroundPids(site)], [files, [pid]]);

  makeReady(stanza, segments(9, 1)[0]!);
  const plain = await site.backrest(["archive-push", `pg_wal/${segments(9, 1)[0]}`], { cwd: stanza.postgres.folder });
  assertEquals([plain.code, backgroundPids(site)], [0, [pid]], "a call without the variable asks it too");
  const [other] = segments(10, 1) as [string];
  makeReady(stanza, other);
  const peer = await site.peer(["archive-push", `pg_wal/${other}`], { cwd: stanza.postgres.folder });
  assertEquals([peer.code, names(stanza).at(-1)], [0, other], `${peer.stdout}${peer.stderr}`);
  await dismiss(stanza);
  assertEquals(namesIn(site.path(`spool/archive/${STANZA}`)).includes("push.socket"), false);
});

Deno.test("what is not plainly done is left to the caller, who says what is wrong", async () => {
  await using stanza = await withResident("resident-refuses");
  const { site } = stanza;
  const [a, b, c, d] = segments(5, 4) as [string, string, string, string];
  makeReady(stanza, a);
  assertEquals((await push(stanza, a)).code, 0);
  await isUp(stanza);
  makeReady(stanza, b);

  await site.mustBackrest(["stop"]);
  assertEquals((await push(stanza, b)).code, 62, "stopped");
  await site.mustBackrest(["start"]);
  assertEquals((await push(stanza, b, [], site.folder)).code, 32, "another folder than the cluster's");
  assertEquals((await push(stanza, b)).code, 0);
  await Deno.remove(site.path(`spool/archive/${STANZA}/out/${b}.ok`));
  const again = await push(stanza, b);
  assertEquals(again.code, 0);
  assertStringIncludes(again.stdout, "already exists in the repo1 archive", "a warning is said by the caller");
  makeReady(stanza, c, { foreign: true });
  const foreign = await push(stanza, c);
  assertEquals([foreign.code, names(stanza)], [44, [a, b]], foreign.stdout);
  makeSegment(stanza, c);
  assertEquals((await push(stanza, c)).code, 0, "healed");
  makeReady(stanza, d);
  await until("the process to answer", async () => (await push(stanza, d)).stdout === "");
  assertEquals(names(stanza), [a, b, c, d]);
  await dismiss(stanza);
});

Deno.test("another configuration or another executable is not answered by the old process, which ends", async () => {
  await using stanza = await withResident("resident-outdated");
  const { site, postgres } = stanza;
  const program = site.path("pgbackrest");
  await Deno.copyFile(executable(), program);
  await Deno.chmod(program, 0o755);
  const env = { PG_BACKREST_ARCHIVE_SOCKET: socket(stanza) };
  const base = [`--config=${site.path("pgbackrest.conf")}`, `--stanza=${STANZA}`];
  const pushWith = (name: string) =>
    run(program, [...base, "archive-push", `pg_wal/${name}`], { cwd: postgres.folder, env });
  const [a, b, c] = segments(5, 3) as [string, string, string];
  for (const name of [a, b]) makeReady(stanza, name);
  assertEquals((await pushWith(a)).code, 0);
  await isUp(stanza);
  const [first] = backgroundPids(site);

  stanza.configure({ ...ASYNC, "archive-timeout": "20", "repo1-path": site.path("other") });
  await postgres.start();
  await site.mustBackrest(["stanza-create"]);
  await postgres.stop();
  const moved = await pushWith(b);
  assertEquals([moved.code, names(stanza, "other")], [0, [a, b]], moved.stdout);
  await until("the old process to end", () => !backgroundPids(site).includes(first!));
  await isUp(stanza);
  const [second] = backgroundPids(site);

  await Deno.rename(program, site.path("old"));
  await Deno.copyFile(executable(), program);
  await Deno.chmod(program, 0o755);
  makeReady(stanza, c);
  const replaced = await pushWith(c);
  assertEquals([replaced.code, names(stanza, "other")], [0, [a, b, c]], replaced.stdout);
  await until("the process of the old executable to end", () => !backgroundPids(site).includes(second!));
  await dismiss(stanza);
});

Deno.test("the process ends when nobody calls for the time it was given, or the executable goes away", async () => {
  await using stanza = await withResident("resident-idle", "1s");
  const { site } = stanza;
  const [a] = segments(5, 1) as [string];
  makeReady(stanza, a);
  assertEquals((await push(stanza, a)).code, 0);
  await isUp(stanza);
  await quiet(site);
  assertEquals(namesIn(site.path(`spool/archive/${STANZA}`)).includes("push.socket"), false);
  site.write(`spool/archive/${STANZA}/push.socket`, "nobody is here");
  assertEquals((await push(stanza, a)).code, 0, "a file in the place of the socket");
});

Deno.test("recovery gets what was fetched ahead from the process that stays", async () => {
  await using stanza = await withResident("resident-get", "20s", { "archive-get-queue-max": "64MB" });
  const { site, postgres } = stanza;
  const files = segments(5, 8);
  for (const name of files) {
    await site.mustBackrest(["archive-push", makeSegment(stanza, name)], { cwd: postgres.folder });
  }
  const got: string[] = [];
  for (const name of files) {
    const ended = await call(stanza, ["archive-get", name, "pg_wal/RECOVERYXLOG"]);
    assertEquals(ended.code, 0, ended.stdout);
    const path = site.path("pg/pg_wal/RECOVERYXLOG");
    assertEquals(await Deno.readFile(path), await Deno.readFile(`${postgres.folder}/pg_wal/${name}`), name);
    await Deno.remove(path);
    if (ended.stdout === "") got.push(name);
    else await until("segments ahead", () => spooled(site, "in").length > 0 || name === files.at(-1));
    if (name !== files[0]) continue;
    await until("the lock to be released", () => namesIn(site.path("lock")).length === 0);
    assertEquals(backgroundPids(site).length, 1, "it stays without a lock");
  }
  assertEquals(got.length > 0, true, "some were answered by the process");
  const absent = await call(stanza, ["archive-get", segments(13, 1)[0]!, "pg_wal/RECOVERYXLOG"]);
  assertEquals(absent.code, 1, absent.stdout);
  await dismiss(stanza);
});

Deno.test("PostgreSQL archives through the process that stays", async () => {
  await using stanza = await makeStanza("resident-server", { global: ASYNC, postgres: { archiver: "none" } });
  const { site, postgres } = stanza;
  site.write("pg_backrest.conf", "[global]\narchive-resident=60s\n");
  const line = `${executable()} --config=${site.path("pgbackrest.conf")} --stanza=${STANZA} archive-push %p`;
  const settings = { archive_mode: "on", archive_command: `PG_BACKREST_ARCHIVE_SOCKET=${socket(stanza)} ${line}` };
  postgres.configure(settings);
  await postgres.stop();
  await postgres.start();
  await postgres.sql("create table filled (id int)");
  let last = "";
  for (let i = 0; i < 8; i++) {
    await postgres.sql(`insert into filled values (${i})`);
    last = await postgres.sql("select pg_walfile_name(pg_switch_wal())");
  }
  await until(
    "PostgreSQL to know that all is archived",
    async () => await postgres.sql("select last_archived_wal from pg_stat_archiver") === last,
  );
  const stored = names(stanza);
  assertEquals(breaksIn(stored), [], "no hole");
  assertMatch(Deno.readTextFileSync(site.path("log/demo-archive-push-async.log")), /command begin/);
  await postgres.stop();
  await dismiss(stanza);
});
