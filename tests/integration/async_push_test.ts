/** archive-push with archive-async: what is pushed ahead, what is acknowledged, and what happens when something fails. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { until } from "../rig/program.ts";
import { archived, archiveFolder, namesIn, storedSegment } from "../rig/repository.ts";
import { ASYNC, breaksIn, makeReady, markDone, markReady, quiet, segments, spooled } from "../rig/spool.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";
import { makeQuietStanza, makeSegment } from "../rig/wal.ts";

/** Pushes a WAL file as PostgreSQL does, and waits for the background to come to rest. */
async function push(stanza: Stanza, name: string, args: string[] = []) {
  const { site, postgres } = stanza;
  const ended = await site.backrest(["archive-push", `pg_wal/${name}`, ...args], { cwd: postgres.folder });
  await quiet(site);
  return ended;
}

const names = (stanza: Stanza) => archived(stanza.site).map((name) => name.slice(0, 24));
const oks = (files: string[]) => files.map((name) => `${name}.ok`);

Deno.test("everything that is ready is pushed ahead, and acknowledged without looking at it again", async () => {
  await using stanza = await makeQuietStanza("async-ahead", { global: { ...ASYNC, "process-max": "2" } });
  const { site } = stanza;
  const files = segments(5, 6);
  for (const name of files) makeReady(stanza, name);
  site.write("pg/pg_wal/00000002.history", "1\t0/3000000\tno reason\n");
  markReady(stanza, "00000002.history");
  const first = await push(stanza, files[0]!);
  assertEquals(first.code, 0, first.stdout);
  assertStringIncludes(first.stdout, `pushed WAL file '${files[0]}' to the archive asynchronously`);
  assertEquals(names(stanza), ["00000002.history", ...files].map((name) => name.slice(0, 24)).sort());
  assertEquals(spooled(site, "out"), oks(["00000002.history", ...files].sort()));
  assertEquals(
    oks(files).map((name) => Deno.readTextFileSync(site.path(`spool/archive/demo/out/${name}`))).join(""),
    "",
  );
  assertMatch(Deno.readTextFileSync(site.path("log/demo-archive-push-async.log")), /push 7 WAL file\(s\) to archive: /);

  const log = Deno.readTextFileSync(site.path("log/demo-archive-push-async.log"));
  const second = await push(stanza, files[1]!);
  assertEquals(second.code, 0, second.stdout);
  assertEquals(Deno.readTextFileSync(site.path("log/demo-archive-push-async.log")), log, "no background process ran");

  for (const name of [files[0]!, files[1]!]) await markDone(stanza, name);
  const later = segments(11, 1);
  makeReady(stanza, later[0]!);
  assertEquals((await push(stanza, later[0]!)).code, 0);
  assertEquals(spooled(site, "out"), oks(["00000002.history", ...files.slice(2), ...later].sort()), "orphans are gone");
});

Deno.test("a repository that is away is an error of every file, and forgotten when it is back", async () => {
  await using stanza = await makeQuietStanza("async-away", { global: ASYNC });
  const { site } = stanza;
  const [a, b] = segments(5, 2) as [string, string];
  for (const name of [a, b]) makeReady(stanza, name);
  await Deno.rename(site.path("repo"), site.path("away"));
  const failed = await push(stanza, a);
  assertEquals([failed.code, spooled(site, "out")], [103, ["global.error"]], failed.stdout);
  assertMatch(failed.stdout, /\[103\]: unable to find a valid repository:\n +repo1: \[FileMissingError\]/);
  assertMatch(
    Deno.readTextFileSync(site.path("spool/archive/demo/out/global.error")),
    /^103\nunable to find .*[^\n]$/s,
  );
  await Deno.rename(site.path("away"), site.path("repo"));
  const healed = await push(stanza, a);
  assertEquals([healed.code, spooled(site, "out"), names(stanza)], [0, oks([a, b]), [a, b]], healed.stdout);
});

Deno.test("a file that fails ends the run, and nothing behind it is pushed before it", async () => {
  await using stanza = await makeQuietStanza("async-failing", { global: { ...ASYNC, "process-max": "2" } });
  const { site } = stanza;
  const files = segments(5, 5);
  for (const name of files) makeReady(stanza, name);
  makeSegment(stanza, files[2]!, { foreign: true });
  assertEquals((await push(stanza, files[0]!)).code, 0);
  assertEquals(names(stanza), files.slice(0, 2));
  assertEquals(spooled(site, "out"), [...oks(files.slice(0, 2)), `${files[2]}.error`]);
  const failed = await push(stanza, files[2]!);
  assertEquals(failed.code, 44, failed.stdout);
  assertMatch(failed.stdout, /\[044\]: WAL file '.*' version 15, system-id \d+ do not match stanza/);
  makeSegment(stanza, files[2]!);
  assertEquals((await push(stanza, files[2]!)).code, 0);
  assertEquals(names(stanza), files);
});

Deno.test("one of two repositories that fails is said, although the other one has the file", async () => {
  await using stanza = await makeQuietStanza("async-two", { create: false });
  const { site, postgres } = stanza;
  stanza.configure({ ...ASYNC, "repo2-path": site.path("repo2"), "repo2-retention-full": "2" });
  await postgres.start();
  await site.mustBackrest(["stanza-create"]);
  await postgres.stop();
  const [name] = segments(5, 1) as [string];
  makeReady(stanza, name);
  await Deno.rename(site.path("repo2"), site.path("away"));
  const failed = await push(stanza, name);
  assertEquals([failed.code, names(stanza)], [104, [name]], failed.stdout);
  assertMatch(failed.stdout, /\[104\]: archive-push command encountered error\(s\):\n +repo2: \[FileMissingError\]/);
  await Deno.rename(site.path("away"), site.path("repo2"));
  const healed = await push(stanza, name);
  assertEquals([healed.code, archived(site)], [0, archived(site, "repo2")], healed.stdout);
  assertStringIncludes(healed.stdout, "already exists in the repo1 archive with the same checksum");
});

Deno.test("successes are not believed for another repository than the one they were for", async () => {
  await using stanza = await makeQuietStanza("async-identity", { global: ASYNC });
  const { site, postgres } = stanza;
  const files = segments(5, 3);
  for (const name of files) makeReady(stanza, name);
  assertEquals((await push(stanza, files[0]!)).code, 0);

  stanza.configure({ ...ASYNC, "repo1-path": site.path("other") });
  await postgres.start();
  await site.mustBackrest(["stanza-create"]);
  await postgres.stop();
  assertEquals((await push(stanza, files[1]!)).code, 0);
  assertEquals(archived(site, "other").map((name) => name.slice(0, 24)), files, "another path");

  await Deno.remove(site.path("other"), { recursive: true });
  await Deno.remove(site.path("repo/archive/demo/15-1"), { recursive: true });
  await Deno.rename(site.path("repo"), site.path("other"));
  assertEquals((await push(stanza, files[2]!)).code, 0);
  assertEquals(archived(site, "other").map((name) => name.slice(0, 24)), files, "another repository at the same path");
});

Deno.test("an error file that somebody renamed to skip a file is respected, and said", async () => {
  await using stanza = await makeQuietStanza("async-skipped", { global: ASYNC });
  const { site } = stanza;
  const [a, b] = segments(5, 2) as [string, string];
  makeReady(stanza, a);
  assertEquals((await push(stanza, a)).code, 0);
  makeReady(stanza, b, { foreign: true });
  assertEquals((await push(stanza, b)).code, 44);
  const out = site.path("spool/archive/demo/out");
  await Deno.rename(`${out}/${b}.error`, `${out}/${b}.ok`);
  const skipped = await push(stanza, b);
  assertEquals([skipped.code, names(stanza)], [0, [a]], skipped.stdout);
  assertMatch(skipped.stdout, /WARN: WAL file '\w+' was not pushed: error \[44\] was skipped by hand: WAL file/);
});

Deno.test("a stopped stanza, and a file that PostgreSQL has not marked, are treated as without archive-async", async () => {
  await using stanza = await makeQuietStanza("async-sync", { global: ASYNC });
  const { site } = stanza;
  const [a, b] = segments(5, 2) as [string, string];
  makeReady(stanza, a);
  await site.mustBackrest(["stop"]);
  assertEquals((await push(stanza, a)).code, 62);
  await site.mustBackrest(["start"]);
  makeSegment(stanza, b);
  const direct = await push(stanza, b);
  assertEquals([direct.code, names(stanza)], [0, [b]], direct.stdout);
  assertStringIncludes(direct.stdout, `pushed WAL file '${b}' to the archive\n`);
});

Deno.test("the lock of another background process is waited for, as long as archive-timeout allows", async () => {
  await using stanza = await makeQuietStanza("async-locked", { global: { ...ASYNC, "archive-timeout": "500ms" } });
  const { site } = stanza;
  const [name] = segments(5, 1) as [string];
  makeReady(stanza, name);
  const lock = site.path("lock/demo-archive.lock");
  site.write("lock/demo-archive.lock", "{}");
  {
    using file = await Deno.open(lock, { read: true, write: true });
    await file.lock(true);
    const busy = await push(stanza, name);
    assertEquals([busy.code, namesIn(archiveFolder(site))], [82, []], busy.stdout);
    assertStringIncludes(busy.stdout, "to the archive asynchronously after 0.5 second(s)");
  }
  stanza.configure(ASYNC);
  assertEquals((await push(stanza, name)).code, 0);
  assertMatch(storedSegment(site, name), /\.gz$/);
});

Deno.test("PostgreSQL archives through the spool, and frees its WAL", async () => {
  await using stanza = await makeStanza("async-server", {
    global: { ...ASYNC, "process-max": "2", "compress-level": "1" },
    postgres: { walSegmentSize: 1, settings: { min_wal_size: "2MB", max_wal_size: "4MB" } },
  });
  const { site, postgres } = stanza;
  await postgres.sql("create table filled (id int, text text)");
  for (let round = 0; round < 4; round++) {
    await postgres.sql("insert into filled select i, repeat(md5(i::text), 20) from generate_series(1, 10000) i");
    await postgres.sql("checkpoint");
  }
  const last = await postgres.sql("select pg_walfile_name(pg_switch_wal())");
  await until("the last segment to be archived", () => names(stanza).includes(last));
  await until(
    "PostgreSQL to know it",
    async () => await postgres.sql("select last_archived_wal from pg_stat_archiver") === last,
  );
  const stored = names(stanza).filter((name) => /^[0-9A-F]{24}$/.test(name));
  assertEquals(breaksIn(stored), [], "no hole");
  await postgres.sql("checkpoint");
  await until("pg_wal to shrink", () => namesIn(site.path("pg/pg_wal")).length < 12);
  await postgres.stop();
  await quiet(site);
});
