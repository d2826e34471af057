/** archive-get with archive-async: what is fetched ahead, what is delivered from there, and where the window ends. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { until } from "../rig/program.ts";
import { damage, namesIn, storedSegment } from "../rig/repository.ts";
import { mountSmallDisk } from "../rig/small_disk.ts";
import { ASYNC, backgroundPids, quiet, segments, spooled } from "../rig/spool.ts";
import type { Stanza, StanzaOptions } from "../rig/stanza.ts";
import { makeQuietStanza, makeSegment } from "../rig/wal.ts";

const SETTINGS = { ...ASYNC, "archive-timeout": "700ms", "archive-get-queue-max": "64MB" };

/** A quiet stanza whose archive has these segments, in two repositories where asked for. */
async function withArchive(name: string, numbers: string[], options: StanzaOptions & { two?: boolean } = {}) {
  const stanza = await makeQuietStanza(name, { ...options, global: { ...SETTINGS, ...options.global }, create: false });
  const { site, postgres } = stanza;
  const second = options.two ? { "repo2-path": site.path("repo2"), "repo2-retention-full": "2" } : {};
  stanza.configure({ ...SETTINGS, ...options.global, ...second });
  await postgres.start();
  await site.mustBackrest(["stanza-create"]);
  await postgres.stop();
  for (const segment of numbers) {
    await site.mustBackrest(["archive-push", makeSegment(stanza, segment)], { cwd: postgres.folder });
  }
  return stanza;
}

/** Gets a file into pg_wal as PostgreSQL does; its content too. */
async function get({ site, postgres }: Stanza, name: string, args: string[] = []) {
  const ended = await site.backrest(["archive-get", name, "pg_wal/RECOVERYXLOG", ...args], { cwd: postgres.folder });
  const path = site.path("pg/pg_wal/RECOVERYXLOG");
  const bytes = namesIn(site.path("pg/pg_wal")).includes("RECOVERYXLOG") ? await Deno.readFile(path) : undefined;
  if (bytes !== undefined) await Deno.remove(path);
  return { ...ended, bytes };
}

const original = ({ postgres }: Stanza, name: string) => Deno.readFileSync(`${postgres.folder}/pg_wal/${name}`);
const complete = (names: string[]) => names.filter((name) => !name.endsWith(".tmp"));

Deno.test("segments are fetched ahead of recovery, follow it, and end where the archive ends", async () => {
  const files = segments(5, 9);
  await using stanza = await withArchive("get-ahead", files);
  const { site } = stanza;
  const first = await get(stanza, files[0]!);
  assertEquals([first.code, first.bytes], [0, original(stanza, files[0]!)], first.stdout);
  assertStringIncludes(first.stdout, `found ${files[0]} in the archive asynchronously`);
  await until("the window to fill", () => complete(spooled(site, "in")).join() === files.slice(1, 5).join());

  for (const [i, name] of files.entries()) {
    if (i === 0) continue;
    const next = await get(stanza, name);
    assertEquals([next.code, next.bytes], [0, original(stanza, name)], `${name}: ${next.stdout}`);
  }
  const [absent] = segments(14, 1) as [string];
  const end = await get(stanza, absent);
  assertEquals([end.code, end.bytes], [1, undefined], end.stdout);
  assertStringIncludes(end.stdout, `unable to find ${absent} in the archive asynchronously`);
  await quiet(site);
  assertEquals(spooled(site, "in").filter((name) => !name.endsWith(".ok")), []);
  const log = Deno.readTextFileSync(site.path("log/demo-archive-get-async.log"));
  assertMatch(log, /get 4 WAL file\(s\) from archive: 0+10+6\.\.\.0+10+9/);
});

Deno.test("a hole ends the window; what lies behind it is not fetched, and the hole is believed only when told to", async () => {
  const files = segments(5, 4);
  await using stanza = await withArchive("get-hole", [files[0]!, files[1]!, files[3]!]);
  const { site } = stanza;
  assertEquals((await get(stanza, files[0]!)).code, 0);
  await quiet(site);
  assertEquals(spooled(site, "in"), [files[1], `${files[2]}.ok`]);
  await site.mustBackrest(["archive-push", makeSegment(stanza, files[2]!)], { cwd: stanza.postgres.folder });
  const trusting = await get(stanza, files[2]!, ["--no-archive-missing-retry"]);
  assertEquals([trusting.code, spooled(site, "in")], [1, [files[1]]], trusting.stdout);
  site.write(`spool/archive/demo/in/${files[2]}.ok`, "");
  const asking = await get(stanza, files[2]!);
  assertEquals([asking.code, asking.bytes], [0, original(stanza, files[2]!)], asking.stdout);
  await quiet(site);
});

Deno.test("a repository that cannot answer is no end of the archive, neither ahead nor when asked", async () => {
  const files = segments(5, 3);
  await using stanza = await withArchive("get-silent", files, { two: true });
  const { site } = stanza;
  await Deno.remove(storedSegment(site, files[1]!));
  assertEquals((await get(stanza, files[0]!)).code, 0);
  await quiet(site);
  assertEquals(spooled(site, "in"), [files[1], files[2], `${segments(8, 1)}.ok`].map(String), "the second one has it");
  await Deno.rename(site.path("repo2"), site.path("away"));
  for (const name of spooled(site, "in")) await Deno.remove(site.path(`spool/archive/demo/in/${name}`));
  const asked = await get(stanza, files[1]!);
  assertEquals([asked.code, asked.bytes], [200, undefined], asked.stdout);
  const first = await get(stanza, files[0]!);
  assertEquals(first.code, 0, first.stdout);
  await quiet(site);
  const [note] = spooled(site, "in");
  assertEquals(note, `${files[1]}.error`);
  assertMatch(Deno.readTextFileSync(site.path(`spool/archive/demo/in/${note}`)), /^103\nunable to find out whether /);
  await Deno.rename(site.path("away"), site.path("repo2"));
  const back = await get(stanza, files[1]!);
  assertEquals([back.code, back.bytes], [0, original(stanza, files[1]!)], back.stdout);
  await quiet(site);
  assertEquals(spooled(site, "in").includes(`${files[1]}.error`), false, "errors of this spool are cleared");
});

Deno.test("a damaged segment is not put into the spool; another form of it comes with a warning", async () => {
  const files = segments(5, 3);
  await using stanza = await withArchive("get-damaged", files, { two: true });
  const { site } = stanza;
  damage(storedSegment(site, files[1]!));
  for (const repository of ["repo", "repo2"]) damage(storedSegment(site, files[2]!, repository));
  assertEquals((await get(stanza, files[0]!)).code, 0);
  await quiet(site);
  assertEquals(spooled(site, "in").slice(0, 3), [files[1], `${files[1]}.ok`, `${files[2]}.error`]);
  assertMatch(Deno.readTextFileSync(site.path(`spool/archive/demo/in/${files[1]}.ok`)), /^0\nrepo1: \[/);
  const warned = await get(stanza, files[1]!);
  assertEquals([warned.code, warned.bytes], [0, original(stanza, files[1]!)], warned.stdout);
  assertMatch(warned.stdout, /WARN: repo1: \[/);
  const failed = await get(stanza, files[2]!);
  assertEquals([failed.code, failed.bytes], [200, undefined], failed.stdout);
  await quiet(site);
});

Deno.test("history files and other timelines are asked for directly, and leave the window alone", async () => {
  const files = segments(5, 3);
  await using stanza = await withArchive("get-timelines", files);
  const { site } = stanza;
  site.write("pg/pg_wal/00000002.history", "1\t0/7000000\tno reason\n");
  await site.mustBackrest(["archive-push", "pg_wal/00000002.history"], { cwd: stanza.postgres.folder });
  assertEquals((await get(stanza, files[0]!)).code, 0);
  await quiet(site);
  const window = spooled(site, "in");
  assertEquals((await get(stanza, segments(6, 1, 2)[0]!)).code, 1);
  const history = await get(stanza, "00000002.history");
  assertEquals([history.code, new TextDecoder().decode(history.bytes)], [0, "1\t0/7000000\tno reason\n"]);
  assertEquals((await get(stanza, "00000003.history")).code, 1);
  assertEquals(spooled(site, "in"), window);
});

Deno.test("a segment of another repository or cluster that lies in the spool is not delivered", async () => {
  const files = segments(5, 3);
  await using stanza = await withArchive("get-identity", files);
  const { site } = stanza;
  assertEquals((await get(stanza, files[0]!)).code, 0);
  await quiet(site);
  await Deno.writeFile(site.path(`spool/archive/demo/in/${files[1]}`), new Uint8Array(2 ** 24));
  stanza.configure({ ...SETTINGS, "repo1-path": site.path("other") });
  await Deno.rename(site.path("repo"), site.path("other"));
  const got = await get(stanza, files[1]!);
  assertEquals([got.code, got.bytes], [0, original(stanza, files[1]!)], got.stdout);
  await quiet(site);
  assertEquals(spooled(site, "in"), [files[2], `${segments(8, 1)}.ok`].map(String));
});

Deno.test("a background process that is killed is replaced, and its leftovers with it", async () => {
  const files = segments(5, 8);
  await using stanza = await withArchive("get-killed", files);
  const { site } = stanza;
  assertEquals((await get(stanza, files[0]!)).code, 0);
  await until("a background process", () => backgroundPids(site).length > 0);
  for (const pid of backgroundPids(site)) Deno.kill(pid, "SIGKILL");
  await quiet(site);
  site.makeFolder("spool/archive/demo/in");
  site.write(`spool/archive/demo/in/${files[5]}.pgbackrest.tmp`, "half");
  site.write("spool/archive/demo/in/global.error", "25\nold");
  for (const name of files.slice(1)) {
    const got = await get(stanza, name);
    assertEquals([got.code, got.bytes], [0, original(stanza, name)], got.stdout);
  }
  await quiet(site);
  // A segment that was delivered past the background process may have been fetched by it as well.
  const left = spooled(site, "in").filter((name) => !name.endsWith(".ok") && !files.includes(name));
  assertEquals(left, []);
});

Deno.test("a spool on another file system than the cluster serves it too", async () => {
  const files = segments(5, 3);
  await using stanza = await withArchive("get-disk", files);
  const { site } = stanza;
  await using disk = await mountSmallDisk(site, "disk", 80);
  stanza.configure({ ...SETTINGS, "spool-path": `${disk.folder}/spool` });
  for (const name of files) {
    const got = await get(stanza, name);
    assertEquals([got.code, got.bytes], [0, original(stanza, name)], got.stdout);
    await quiet(site);
  }
  assertEquals(spooled(site, "in", "disk/spool").filter((name) => !name.endsWith(".ok")), []);
  assertMatch(Deno.readTextFileSync(site.path("log/demo-archive-get-async.log")), /get 2 WAL file\(s\)/);
});
