/** archive-push as PostgreSQL calls it: what is stored, what is refused, and with which code. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { executable, succeed } from "../rig/program.ts";
import { archived, namesIn } from "../rig/repository.ts";
import { STANZA } from "../rig/site.ts";
import { makeQuietStanza, makeSegment } from "../rig/wal.ts";
import type { Stanza } from "../rig/stanza.ts";

const SEGMENT = "000000010000000000000005";

/** Pushes a file from the data folder, as PostgreSQL does. */
function push({ site, postgres }: Stanza, path: string, args: string[] = []) {
  return site.backrest(["archive-push", path, ...args], { cwd: postgres.folder });
}

Deno.test("a segment is stored once, whoever pushes it again; other content under its name is refused", async () => {
  await using stanza = await makeQuietStanza("push-twice");
  const path = makeSegment(stanza, SEGMENT);
  const first = await push(stanza, path);
  assertEquals(first.code, 0, first.stdout);
  assertStringIncludes(first.stdout, `pushed WAL file '${SEGMENT}' to the archive`);
  const stored = archived(stanza.site);
  assertMatch(stored.join(), /^000000010000000000000005-[0-9a-f]{40}\.gz$/);

  const again = await push(stanza, path, ["--compress-type=zst"]);
  assertEquals([again.code, archived(stanza.site)], [0, stored], again.stdout);
  assertStringIncludes(again.stdout, `WARN: WAL file '${SEGMENT}' already exists in the repo1 archive with the same`);

  makeSegment(stanza, SEGMENT, { mark: "something else" });
  const other = await push(stanza, path);
  assertEquals([other.code, archived(stanza.site)], [45, stored], other.stdout);
  assertStringIncludes(
    other.stdout,
    `WAL file '${SEGMENT}' already exists in the repo1 archive with a different checksum`,
  );
});

Deno.test("only WAL of the cluster of the stanza is stored", async () => {
  await using stanza = await makeQuietStanza("push-header");
  const { site } = stanza;
  const path = makeSegment(stanza, SEGMENT, { foreign: true });
  const foreign = await push(stanza, path);
  assertEquals(foreign.code, 44, foreign.stdout);
  assertMatch(foreign.stdout, /\[044\]: WAL file .* system-id \d+ do not match stanza version 15, system-id \d+/);
  assertStringIncludes(foreign.stdout, "HINT: are you archiving to the correct stanza?");
  const bytes = Deno.readFileSync(site.path(`pg/${path}`));
  const cases: [what: string, change: (bytes: Uint8Array) => Uint8Array, code: number][] = [
    ["an unknown version", (segment) => (segment[1] = 0xff, segment), 46],
    ["a short header", (segment) => (segment[2] = 0, segment), 29],
    ["a stump", (segment) => segment.slice(0, 100), 42],
    ["nothing", () => new Uint8Array(), 42],
  ];
  for (const [what, change, code] of cases) {
    site.write(`pg/${path}`, change(bytes.slice()), 0o600);
    const ended = await push(stanza, path);
    assertEquals(ended.code, code, `${what}: ${ended.stdout}`);
  }
  assertEquals((await push(stanza, "pg_wal/000000010000000000000009")).code, 55, "a missing file");
  assertEquals(archived(site), []);
  site.write(`pg/${path}`, bytes, 0o600);
  assertEquals((await push(stanza, path, ["--no-archive-header-check"])).code, 0);
  assertEquals(archived(site).length, 1);
});

Deno.test("a stanza of another cluster takes nothing", async () => {
  await using stanza = await makeQuietStanza("push-stanza");
  const { site, postgres } = stanza;
  const path = makeSegment(stanza, SEGMENT);
  const control = Deno.readFileSync(`${postgres.folder}/global/pg_control`);
  await using other = await makeQuietStanza("push-other-stanza");
  site.write("pg/global/pg_control", Deno.readFileSync(`${other.postgres.folder}/global/pg_control`), 0o600);
  const ended = await push(stanza, path);
  assertEquals(ended.code, 103, ended.stdout);
  assertMatch(ended.stdout, /repo1: \[ArchiveMismatchError\] PostgreSQL version 15, system-id \d+ do not match repo1/);
  site.write("pg/global/pg_control", control, 0o600);
  assertEquals((await push(stanza, path)).code, 0);
});

Deno.test("history files are kept as they are, and another one of the same number is refused", async () => {
  await using stanza = await makeQuietStanza("push-history");
  const { site } = stanza;
  const name = "00000002.history";
  const write = (text: string) => site.write(`pg/pg_wal/${name}`, text, 0o600);
  const stored = () => Deno.readTextFileSync(site.path(`repo/archive/demo/15-1/${name}`));
  write("1\t0/3000000\tfirst\n");
  assertEquals((await push(stanza, `pg_wal/${name}`)).code, 0);
  assertEquals((await push(stanza, `pg_wal/${name}`)).code, 0, "the same again");
  write("1\t0/4000000\tsecond\n");
  const other = await push(stanza, `pg_wal/${name}`);
  assertEquals([other.code, stored()], [45, "1\t0/3000000\tfirst\n"], other.stdout);
  assertStringIncludes(other.stdout, `file '${name}' already exists in the repo1 archive with different content`);
  assertStringIncludes(other.stdout, "HINT: do two clusters push to one stanza?");
  assertEquals((await push(stanza, `pg_wal/${name}`, ["--no-archive-mode-check"])).code, 0);
  assertEquals([stored(), namesIn(site.path("repo/archive/demo/15-1"))], ["1\t0/4000000\tsecond\n", [name]]);
});

Deno.test("partial segments and backup history files are stored beside the segments", async () => {
  await using stanza = await makeQuietStanza("push-partial");
  const { site } = stanza;
  assertEquals((await push(stanza, makeSegment(stanza, `${SEGMENT}.partial`, { mark: "half" }))).code, 0);
  assertEquals((await push(stanza, makeSegment(stanza, SEGMENT))).code, 0);
  site.write(`pg/pg_wal/${SEGMENT}.00000028.backup`, "START WAL LOCATION: 0/5000028\n", 0o600);
  assertEquals((await push(stanza, `pg_wal/${SEGMENT}.00000028.backup`)).code, 0);
  const [whole, backup, partial] = archived(site);
  assertMatch(whole!, /^000000010000000000000005-[0-9a-f]{40}\.gz$/);
  assertEquals(backup, `${SEGMENT}.00000028.backup`);
  assertMatch(partial!, /^000000010000000000000005\.partial-[0-9a-f]{40}\.gz$/);
});

Deno.test("a relative path is one below the data folder, and only there", async () => {
  await using stanza = await makeQuietStanza("push-relative");
  const { site, postgres } = stanza;
  const path = makeSegment(stanza, SEGMENT);
  const elsewhere = await site.backrest(["archive-push", path], { cwd: site.folder });
  assertEquals(elsewhere.code, 32, elsewhere.stdout);
  assertStringIncludes(
    elsewhere.stdout,
    `PostgreSQL working directory '${site.folder}' is not the same as option pg1-path`,
  );
  const config = Deno.readTextFileSync(site.path("pgbackrest.conf"));
  site.write("pgbackrest.conf", config.replaceAll(/^pg1-.*\n/gm, ""));
  const without = await push(stanza, path);
  assertEquals(without.code, 37, without.stdout);
  assertStringIncludes(without.stdout, "option 'pg1-path' must be specified when relative wal paths are used");
  assertEquals((await push(stanza, `${postgres.folder}/${path}`)).code, 0, "absolute and without pg-path");
  await Deno.symlink(postgres.folder, site.path("link to pg"));
  site.write(
    "pgbackrest.conf",
    config.replaceAll(`pg1-path=${postgres.folder}`, `pg1-path=${site.path("link to pg")}`),
  );
  assertEquals((await push(stanza, path)).code, 0, "the same folder by another name");
});

Deno.test("a stopped stanza stores nothing until it is started again", async () => {
  await using stanza = await makeQuietStanza("push-stop");
  const { site } = stanza;
  const path = makeSegment(stanza, SEGMENT);
  for (const scope of [[], ["--stanza=demo"]]) {
    const control = (command: string) => site.mustBackrest([command, ...scope]);
    await control("stop");
    const ended = await push(stanza, path);
    assertEquals([ended.code, archived(site)], [62, []], ended.stdout);
    assertMatch(ended.stdout, /\[062\]: stop file exists for stanza demo\n +HINT: let it work again with: /);
    await control("start");
  }
  assertEquals((await push(stanza, path)).code, 0);
});

Deno.test("what is missing on the command line is said before anything else", async () => {
  await using stanza = await makeQuietStanza("push-arguments");
  const { site } = stanza;
  const none = await site.backrest(["archive-push"]);
  assertEquals([none.code, none.stdout.includes("WAL segment to push required")], [43, true], none.stdout);
  assertEquals((await site.backrest(["archive-push", "a", "b"])).code, 43);
});

Deno.test("a segment is read once, however many repositories it goes to", async () => {
  await using stanza = await makeQuietStanza("push-once", { create: false });
  const { site, postgres } = stanza;
  stanza.configure({ "repo2-path": site.path("repo2"), "repo2-retention-full": "2" });
  await site.mustBackrest(["stanza-create", "--no-online"]);
  const path = makeSegment(stanza, "000000010000000000000009");
  const line = ["-f", "-qqq", "-e", "trace=openat", "-o", site.path("opened"), executable()];
  const args = [`--config=${site.path("pgbackrest.conf")}`, `--stanza=${STANZA}`, "archive-push", path];
  await succeed("/usr/bin/strace", [...line, ...args], { cwd: postgres.folder });
  const opened = Deno.readTextFileSync(site.path("opened")).split("\n").filter((call) => call.includes(`/${path}"`));
  assertEquals(opened.length, 1, opened.join("\n"));
  assertEquals(archived(site, "repo2"), archived(site));
});
