/** archive-get as PostgreSQL calls it: what is delivered, and what it says when nothing can be. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { archived, damage, namesIn, storedSegment } from "../rig/repository.ts";
import { until } from "../rig/program.ts";
import type { Stanza } from "../rig/stanza.ts";
import { makeQuietStanza, makeSegment } from "../rig/wal.ts";

const SEGMENT = "000000010000000000000005";
const ABSENT = "000000010000000000000099";

/** Longest time a get tries again, in seconds: short, for most tests wait for its end. */
const TIMEOUT = { "archive-timeout": "500ms" };

/** Gets a file into pg_wal, as PostgreSQL does; its content too. */
async function get({ site, postgres }: Stanza, name: string, args: string[] = []) {
  const ended = await site.backrest(["archive-get", name, "pg_wal/RECOVERYXLOG", ...args], { cwd: postgres.folder });
  const path = site.path("pg/pg_wal/RECOVERYXLOG");
  const bytes = namesIn(site.path("pg/pg_wal")).includes("RECOVERYXLOG") ? await Deno.readFile(path) : undefined;
  if (bytes !== undefined) await Deno.remove(path);
  return { ...ended, bytes };
}

async function push({ site, postgres }: Stanza, path: string, args: string[] = []): Promise<void> {
  await site.mustBackrest(["archive-push", path, ...args], { cwd: postgres.folder });
}

/** A quiet stanza in two repositories. */
async function withTwo(name: string): Promise<Stanza> {
  const stanza = await makeQuietStanza(name, { create: false });
  stanza.configure({ ...TIMEOUT, "repo2-path": stanza.site.path("repo2"), "repo2-retention-full": "2" });
  await stanza.postgres.start();
  await stanza.site.mustBackrest(["stanza-create"]);
  await stanza.postgres.stop();
  return stanza;
}

for (const type of ["none", "gz", "zst"]) {
  Deno.test(`a segment comes back byte for byte; a damaged one does not come at all (${type})`, async () => {
    await using stanza = await makeQuietStanza(`get-${type}`, { global: { ...TIMEOUT, "compress-type": type } });
    const { site, postgres } = stanza;
    const path = makeSegment(stanza, SEGMENT);
    await push(stanza, path);
    const good = await get(stanza, SEGMENT);
    assertEquals(good.code, 0, good.stdout);
    assertStringIncludes(good.stdout, `found ${SEGMENT} in the archive`);
    assertEquals(good.bytes, Deno.readFileSync(`${postgres.folder}/${path}`));

    const stored = storedSegment(site, SEGMENT);
    const whole = Deno.readFileSync(stored);
    const cases: [what: string, damage: () => void][] = [
      ["a bit is turned", () => damage(stored)],
      ["the end is missing", () => Deno.truncateSync(stored, whole.length - 100)],
      ["nothing is left", () => Deno.truncateSync(stored, 0)],
      ["something follows", () => Deno.writeFileSync(stored, new Uint8Array(512), { append: true })],
    ];
    for (const [what, harm] of cases) {
      Deno.writeFileSync(stored, whole);
      harm();
      const bad = await get(stanza, SEGMENT);
      assertEquals([bad.code, bad.bytes], [200, undefined], `${what}: ${bad.stdout}`);
      assertMatch(bad.stdout, /\[200\]: \[042\] unable to get 000000010000000000000005:\n +repo1: \[/);
      assertStringIncludes(bad.stdout, stored.slice(stored.lastIndexOf("/") + 1));
    }
    assertEquals(namesIn(`${postgres.folder}/pg_wal`).filter((name) => name.startsWith("RECOVERY")), []);
    Deno.writeFileSync(stored, whole);
    assertEquals((await get(stanza, SEGMENT)).code, 0, "repaired");
  });
}

Deno.test("content that fits another name is not believed", async () => {
  await using stanza = await makeQuietStanza("get-renamed", { global: { ...TIMEOUT, "compress-type": "none" } });
  await push(stanza, makeSegment(stanza, SEGMENT));
  await push(stanza, makeSegment(stanza, "000000010000000000000006"));
  await Deno.copyFile(storedSegment(stanza.site, "000000010000000000000006"), storedSegment(stanza.site, SEGMENT));
  const ended = await get(stanza, SEGMENT);
  assertEquals([ended.code, ended.bytes], [200, undefined], ended.stdout);
  assertMatch(
    ended.stdout,
    /\[ChecksumError\] WAL segment '.*' has checksum [0-9a-f]{40} where its name says [0-9a-f]{40}/,
  );
});

Deno.test("not there is said only when every repository has answered", async () => {
  await using stanza = await withTwo("get-absent");
  const { site } = stanza;
  for (const name of [ABSENT, "00000002.history"]) {
    const absent = await get(stanza, name);
    assertEquals([absent.code, absent.bytes], [1, undefined], absent.stdout);
    assertStringIncludes(absent.stdout, `unable to find ${name} in the archive`);
  }
  await Deno.rename(site.path("repo2"), site.path("away"));
  const unknown = await get(stanza, ABSENT);
  assertEquals(unknown.code, 200, unknown.stdout);
  assertMatch(
    unknown.stdout,
    /\[200\]: \[103\] unable to find out whether \w+ is in the archive:\n +repo2: \[FileMissingError\]/,
  );
  assertStringIncludes(unknown.stdout, "HINT: status 200 makes PostgreSQL stop here");
  assertEquals((await get(stanza, ABSENT, ["--repo=1"])).code, 1, "only one is asked");
});

Deno.test("a standby gets the peer's code, for it asks again by itself", async () => {
  await using stanza = await withTwo("get-standby");
  const { site } = stanza;
  site.write("pg/standby.signal", "");
  await push(stanza, makeSegment(stanza, SEGMENT));
  for (const repository of ["repo", "repo2"]) damage(storedSegment(site, SEGMENT, repository));
  const damaged = await get(stanza, SEGMENT);
  assertEquals([damaged.code, damaged.bytes], [42, undefined], damaged.stdout);
  await Deno.rename(site.path("repo2"), site.path("away"));
  assertEquals((await get(stanza, ABSENT)).code, 103);
});

Deno.test("repositories are tried in their order until one delivers", async () => {
  await using stanza = await withTwo("get-order");
  const { site, postgres } = stanza;
  const path = makeSegment(stanza, SEGMENT);
  await push(stanza, path);
  damage(storedSegment(site, SEGMENT));
  const second = await get(stanza, SEGMENT);
  assertEquals([second.code, second.bytes], [0, Deno.readFileSync(`${postgres.folder}/${path}`)], second.stdout);
  assertMatch(second.stdout, /WARN: repo1: \[/);
  await Deno.rename(site.path("repo"), site.path("away"));
  assertEquals((await get(stanza, SEGMENT)).code, 0, "the first one is gone");
  await Deno.rename(site.path("away"), site.path("repo"));
  await Deno.remove(storedSegment(site, SEGMENT));
  const lacking = await get(stanza, SEGMENT);
  assertEquals([lacking.code, lacking.stdout.includes("WARN")], [0, false], lacking.stdout);
});

Deno.test("a segment that is there with different contents is not chosen among", async () => {
  await using stanza = await withTwo("get-duplicate");
  const { site } = stanza;
  await push(stanza, makeSegment(stanza, SEGMENT, { mark: "one" }));
  await Deno.remove(storedSegment(site, SEGMENT, "repo2"));
  const first = storedSegment(site, SEGMENT);
  await Deno.rename(first, site.path("first"));
  await push(stanza, makeSegment(stanza, SEGMENT, { mark: "two" }));
  await Deno.remove(storedSegment(site, SEGMENT));
  await Deno.rename(site.path("first"), first);
  const ended = await get(stanza, SEGMENT);
  assertEquals([ended.code, ended.bytes], [200, undefined], ended.stdout);
  assertMatch(ended.stdout, /\[045\] duplicates found for WAL segment 0+10+5:\n +repo1: .*, repo2: /);
});

Deno.test("a repository that comes back in time is waited for", async () => {
  await using stanza = await makeQuietStanza("get-back", { global: { "archive-timeout": "60" } });
  const { site, postgres } = stanza;
  await push(stanza, makeSegment(stanza, SEGMENT));
  await Deno.rename(site.path("repo"), site.path("away"));
  const log = site.path("log/demo-archive-get.log");
  await using running = site.start(["--log-level-file=info", "archive-get", SEGMENT, "pg_wal/RECOVERYXLOG"], {
    cwd: postgres.folder,
  });
  await until("the warning about the repository", () => exists(log) && Deno.readTextFileSync(log).includes("WARN"));
  await Deno.rename(site.path("away"), site.path("repo"));
  assertEquals((await running.ended).code, 0);
  assert(exists(site.path("pg/pg_wal/RECOVERYXLOG")));
});

Deno.test("a get that waits dies of a signal, which PostgreSQL does not take for the end of WAL", async () => {
  await using stanza = await makeQuietStanza("get-signal", { global: { "archive-timeout": "60" } });
  const { site, postgres } = stanza;
  await Deno.rename(site.path("repo"), site.path("away"));
  const log = site.path("log/demo-archive-get.log");
  await using running = site.start(["--log-level-file=info", "archive-get", SEGMENT, "pg_wal/RECOVERYXLOG"], {
    cwd: postgres.folder,
  });
  await until("the warning about the repository", () => exists(log) && Deno.readTextFileSync(log).includes("WARN"));
  running.kill("SIGTERM");
  const ended = await running.ended;
  assertEquals(ended.code, 128 + 15, ended.stdout);
});

Deno.test("the cluster decides which archive is asked; one that the stanza does not know gets no answer", async () => {
  await using stanza = await makeQuietStanza("get-cluster", { global: TIMEOUT });
  await using other = await makeQuietStanza("get-other-cluster");
  await push(stanza, makeSegment(stanza, SEGMENT));
  const { site } = stanza;
  site.write("pg/global/pg_control", Deno.readFileSync(`${other.postgres.folder}/global/pg_control`), 0o600);
  const ended = await get(stanza, SEGMENT);
  assertEquals([ended.code, ended.bytes], [200, undefined], ended.stdout);
  assertMatch(ended.stdout, /\[ArchiveMismatchError\] unable to retrieve the archive id for database version '15'/);
});

Deno.test("arguments are checked first, and the destination is below the data folder", async () => {
  await using stanza = await makeQuietStanza("get-arguments", { global: TIMEOUT });
  const { site } = stanza;
  const code = async (args: string[], cwd = site.path("pg")) =>
    (await site.backrest(["archive-get", ...args], { cwd })).code;
  assertEquals(await code([]), 43);
  assertEquals(await code([SEGMENT]), 43);
  assertEquals(await code([SEGMENT, "a", "b"]), 96);
  assertEquals(await code([SEGMENT, "pg_wal/RECOVERYXLOG"], site.folder), 32);
  await push(stanza, makeSegment(stanza, SEGMENT));
  assertEquals(await code([SEGMENT, site.path("spool/got")], site.folder), 0);
  assertEquals(
    await code([SEGMENT, site.path("repo/backup/demo/backup.info/got")]),
    200,
    "a destination that cannot be",
  );
  assertEquals(archived(site).length, 1);
});

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
