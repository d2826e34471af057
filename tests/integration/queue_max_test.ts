/** archive-push-queue-max: nothing is dropped before it is written down, and everybody who looks is told. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { archived, filesBelow, namesIn } from "../rig/repository.ts";
import { ASYNC, makeReady, markDone, quiet, segments, spooled } from "../rig/spool.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";
import { checkOrder } from "../rig/trace.ts";
import { makeQuietStanza } from "../rig/wal.ts";

/** Room for two segments. */
const LIMIT = { "archive-push-queue-max": "32MB" };

async function push(stanza: Stanza, name: string, args: string[] = []) {
  const { site, postgres } = stanza;
  const ended = await site.backrest(["archive-push", `pg_wal/${name}`, ...args], { cwd: postgres.folder });
  await quiet(site);
  return ended;
}

const marks = (stanza: Stanza, repository = "repo") =>
  archived(stanza.site, repository).filter((name) => name.endsWith(".hole")).map((name) => name.slice(0, -5));
const stored = (stanza: Stanza) =>
  archived(stanza.site).filter((name) => !name.endsWith(".hole")).map((name) => name.slice(0, 24));
const noted = (stanza: Stanza) => stanza.site.path("spool/archive/demo/dropped");

Deno.test("the background drops what waits when it is too much, and marks it in every repository it can reach", async () => {
  await using stanza = await makeQuietStanza("drop-async", { create: false });
  const { site, postgres } = stanza;
  stanza.configure({ ...ASYNC, ...LIMIT, "repo2-path": site.path("repo2"), "repo2-retention-full": "2" });
  await postgres.start();
  await site.mustBackrest(["stanza-create"]);
  await postgres.stop();
  await Deno.rename(site.path("repo2"), site.path("away"));
  const files = segments(5, 3);
  for (const name of files) makeReady(stanza, name);
  const dropped = await push(stanza, files[0]!);
  assertEquals(dropped.code, 0, dropped.stdout);
  assertMatch(
    dropped.stdout,
    /WARN: dropped WAL file '0+10+5' because archive queue exceeded 32MB\n +HINT: make a backup/,
  );
  assertEquals([marks(stanza), stored(stanza), spooled(site, "out").length], [files, [], 3]);
  assertEquals(Deno.readTextFileSync(noted(stanza)), files.map((name) => `${name}\n`).join(""));

  for (const name of files) {
    assertEquals((await push(stanza, name)).code, 0);
    await markDone(stanza, name);
  }
  await Deno.rename(site.path("away"), site.path("repo2"));
  const [next] = segments(8, 1) as [string];
  makeReady(stanza, next);
  assertEquals((await push(stanza, next)).code, 0);
  assertEquals([
    marks(stanza, "repo2"),
    stored(stanza),
    filesBelow(site.path("spool/archive/demo")).includes("dropped"),
  ], [
    files,
    [next],
    false,
  ]);

  await Deno.rename(
    site.path(`pg/pg_wal/archive_status/${files[1]}.done`),
    site.path(`pg/pg_wal/archive_status/${files[1]}.ready`),
  );
  assertEquals((await push(stanza, files[1]!)).code, 0, "it was there after all");
  for (const repository of ["repo", "repo2"]) assertEquals(marks(stanza, repository), [files[0], files[2]], repository);
});

Deno.test("without archive-async only the file that is asked for is dropped, and the next one is judged anew", async () => {
  await using stanza = await makeQuietStanza("drop-sync", { global: LIMIT });
  const { site } = stanza;
  const files = segments(5, 3);
  for (const name of files) makeReady(stanza, name);
  const first = await push(stanza, files[0]!);
  assertEquals([first.code, stored(stanza), marks(stanza)], [0, [], []], first.stdout);
  assertStringIncludes(first.stdout, `WARN: dropped WAL file '${files[0]}' because archive queue exceeded 32MB`);
  assertEquals(Deno.readTextFileSync(noted(stanza)), `${files[0]}\n`);
  await markDone(stanza, files[0]!);
  const second = await push(stanza, files[1]!);
  assertEquals([second.code, stored(stanza), marks(stanza)], [0, [files[1]], [files[0]]], second.stdout);
  assertMatch(second.stdout, /WARN: archive queue is at 32MB: beyond 32MB \(archive-push-queue-max\) WAL is dropped/);
  assertEquals(namesIn(site.path("spool/archive/demo")).includes("dropped"), false);
});

Deno.test("what cannot be written down is not dropped", async () => {
  await using stanza = await makeQuietStanza("drop-refused", { global: LIMIT });
  const { site } = stanza;
  const files = segments(5, 3);
  for (const name of files) makeReady(stanza, name);
  site.makeFolder("spool", 0o550);
  const refused = await push(stanza, files[0]!);
  assertEquals([refused.code, stored(stanza)], [64, []], refused.stdout);
  assertStringIncludes(refused.stdout, "[064]: unable to note that WAL is dropped, so it is kept: ");
  site.makeFolder("spool", 0o750);
  const trace = await site.traced(["archive-push", `${stanza.postgres.folder}/pg_wal/${files[0]}`]);
  assertEquals(trace.ended.code, 0, trace.ended.stdout);
  checkOrder(trace, [["fsync", /dropped.*\.tmp$/], ["rename", noted(stanza)], ["fsync", /spool\/archive\/demo$/]]);
});

Deno.test("a queue that fills up behind a failing or hanging repository is dropped too", async () => {
  await using stanza = await makeQuietStanza("drop-failing", {
    global: { ...ASYNC, "archive-push-queue-max": "48MB", "archive-timeout": "700ms" },
  });
  const { site } = stanza;
  const files = segments(5, 4);
  for (const name of files.slice(0, 3)) makeReady(stanza, name);
  await Deno.rename(site.path("repo"), site.path("away"));
  assertEquals((await push(stanza, files[0]!)).code, 103, "not full yet");
  makeReady(stanza, files[3]!);
  const dropped = await push(stanza, files[0]!);
  assertEquals(
    [dropped.code, spooled(site, "out").filter((name) => name.endsWith(".ok")).length],
    [0, 4],
    dropped.stdout,
  );
  for (const name of [...files.map((each) => `${each}.ok`)]) {
    await Deno.remove(site.path(`spool/archive/demo/out/${name}`));
  }
  site.write("lock/demo-archive.lock", "{}");
  using file = await Deno.open(site.path("lock/demo-archive.lock"), { read: true, write: true });
  await file.lock(true);
  const hanging = await push(stanza, files[0]!);
  assertEquals(hanging.code, 0, hanging.stdout);
  assertStringIncludes(hanging.stdout, `WARN: dropped WAL file '${files[0]}'`);
});

Deno.test("info, check and verify say what was dropped, what it means and what to do; JSON is the peer's", async () => {
  await using stanza = await makeStanza("drop-shown", { global: LIMIT });
  const { site, postgres } = stanza;
  await stanza.backup();
  await postgres.sql("create table t (i int)");
  const current = await postgres.sql("select pg_walfile_name(pg_switch_wal())");
  await postgres.sql("insert into t values (1)");
  const next = await postgres.sql("select pg_walfile_name(pg_switch_wal())");
  const shown = () => site.mustBackrest(["info"]);
  await postgres.sql("select pg_stat_clear_snapshot()");
  const { until } = await import("../rig/program.ts");
  await until("the segments to be archived", () => stored(stanza).includes(next));
  const folder = site.path(`repo/archive/demo/15-1/${current.slice(0, 16)}`);
  const name = namesIn(folder).find((each) => each.startsWith(current))!;
  await Deno.remove(`${folder}/${name}`);
  site.write(`repo/archive/demo/15-1/${current.slice(0, 16)}/${current}.hole`, "");

  const meaning = "given up because archive-push-queue-max was exceeded: no restore to a time ";
  const line = `wal archive dropped (15): repo1: ${current} (1 segment), ${meaning}`;
  assertStringIncludes(await shown(), `${line}after ${current} until there is a new backup, make one now`);
  assertStringIncludes(await site.mustBackrest(["check"]), `WARN: WAL ${current} is missing in repo1, ${meaning}after`);
  const verified = await site.backrest(["verify"]);
  assertEquals(verified.code, 0, verified.stdout);
  assertStringIncludes(verified.stdout, `dropped WAL: ${current}, ${meaning}after ${current}`);
  const label = await stanza.backup();
  assertStringIncludes(await shown(), `${line}between ${current} and backup ${label}`);

  const keys = (text: string) => {
    const found = new Set<string>();
    JSON.parse(text, (key, value) => (found.add(key), value));
    return [...found].filter((key) => !/^\d+$/.test(key)).sort();
  };
  const peer = keys(await site.mustPeer(["info", "--output=json", "--log-level-console=off"]));
  const ours = keys(await site.mustBackrest(["info", "--output=json", "--log-level-console=off"]));
  assert(!ours.some((key) => /drop|hole/.test(key)), ours.join());
  assert(peer.every((key) => ours.includes(key)), `${peer} against ${ours}`);
  assertEquals((await site.backrest(["expire", "--repo1-retention-full=1"])).code, 0);
  assertEquals(marks(stanza), [], "expire takes marks along");
});
