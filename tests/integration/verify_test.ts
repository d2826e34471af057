/** verify: every kind of damage is found, each with its own exit code, and nothing is changed. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { backupPath, damage, filesBelow, namesIn, storedSegment } from "../rig/repository.ts";
import { saveFolder } from "../rig/saved_folder.ts";
import { STANZA } from "../rig/site.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** A stanza with a full and an incremental backup and WAL around them; the server is down. */
async function makeVerified(name: string, global: Record<string, string> = {}): Promise<
  Stanza & { full: string; incr: string; lastSegment: string }
> {
  const stanza = await makeStanza(name, { global: { "process-max": "2", ...global } });
  const { site, postgres } = stanza;
  await postgres.sql("create table t as select i, md5(i::text) from generate_series(1, 5000) i");
  const full = await stanza.backup();
  await postgres.sql("insert into t select i, md5(i::text) from generate_series(1, 2000) i");
  const said = await site.mustBackrest(["backup", "--type=incr"]);
  const incr = /new backup label = (\S+)/.exec(said)![1]!;
  for (let i = 0; i < 3; i++) {
    await postgres.sql("insert into t values (0, 'x')");
    await postgres.sql("select pg_switch_wal()");
  }
  const lastSegment = await postgres.sql("select pg_walfile_name(pg_current_wal_lsn())");
  await postgres.stop();
  return { ...stanza, full, incr, lastSegment };
}

/** WAL a backup needs, first and last. */
async function walOf({ site }: Stanza, label: string): Promise<{ start: string; stop: string }> {
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  return info.backup.find((each: { label: string }) => each.label === label).archive;
}

Deno.test("a sound repository is sound, and looking at it changes nothing", async () => {
  await using stanza = await makeVerified("verify");
  const { site, full, incr } = stanza;
  const times = () =>
    filesBelow(site.path("repo")).map((path) => Deno.statSync(site.path(`repo/${path}`)).mtime!.getTime());
  const before = [filesBelow(site.path("repo")), times()];
  const quiet = await site.mustBackrest(["verify", "--output=text", "--log-level-console=warn"]);
  assertEquals(quiet, "", "there is nothing to say");
  const said = await site.mustBackrest([
    "verify",
    "--verbose",
    "--output=text",
    "--log-level-console=warn",
    "--verify-content",
    "--verify-pages",
  ]);
  assertMatch(said, /^stanza: demo\nstatus: ok\n {2}archiveId: 15-1, total WAL checked: \d+, total valid WAL: \d+\n/);
  for (const label of [full, incr]) {
    assertMatch(
      said,
      new RegExp(`  backup: ${label}, status: valid, total files checked: \\d+, total valid files: \\d+\\n`),
    );
  }
  const json = JSON.parse(await site.mustBackrest(["verify", "--verify-json", "--log-level-console=off"]));
  assertEquals([json.status, json.backup.map(({ label }: { label: string }) => label)], ["ok", [full, incr]]);
  assertEquals([filesBelow(site.path("repo")), times()], before);
});

/** What is done to a repository, and what has to be said about it. */
interface Damage {
  name: string;
  act(stanza: Awaited<ReturnType<typeof makeVerified>>): Promise<void> | void;
  code: number;
  says: RegExp[];
}

const DAMAGES: readonly Damage[] = [
  {
    name: "a file of a backup with other bytes",
    act: ({ site, full }) => damage(bigFile(backupPath(site, full))),
    code: 26,
    says: [/invalid checksum '.*'/, /status: invalid/, /2 backup\(s\) cannot be restored as they are/],
  },
  {
    name: "a file of a backup that is gone",
    act: ({ site, full }) => Deno.removeSync(bigFile(backupPath(site, full))),
    code: 26,
    says: [/file missing '.*'/, /missing: 1/],
  },
  {
    name: "a segment with other bytes",
    act: ({ site, lastSegment }) => damage(storedSegment(site, shifted(lastSegment, -1)), 100),
    code: 26,
    says: [/'.*15-1.*'/, /status: error/],
  },
  {
    name: "a segment that a backup needs and that is gone",
    act: async (stanza) => Deno.removeSync(storedSegment(stanza.site, (await walOf(stanza, stanza.incr)).start)),
    code: 82,
    says: [/missing/, /\w{24}/],
  },
  {
    name: "a manifest without a usable copy",
    act: ({ site, incr }) => {
      for (const name of ["backup.manifest", "backup.manifest.copy"]) damage(`${backupPath(site, incr)}/${name}`, 300);
    },
    code: 28,
    says: [/manifest/],
  },
  {
    name: "a backup.info without a usable copy",
    act: ({ site }) => {
      for (const name of ["backup.info", "backup.info.copy"]) damage(site.path(`repo/backup/${STANZA}/${name}`), 100);
    },
    code: 28,
    says: [/backup\.info/],
  },
];

function bigFile(folder: string): string {
  const sizes = filesBelow(folder).filter((path) => path.startsWith("pg_data/base/"))
    .map((path) => [Deno.statSync(`${folder}/${path}`).size, path] as const);
  return `${folder}/${sizes.sort(([a], [b]) => b - a)[0]![1]}`;
}

/** The segment so many places later. */
function shifted(segment: string, places: number): string {
  const number = parseInt(segment.slice(16), 16) + places;
  return segment.slice(0, 16) + number.toString(16).toUpperCase().padStart(8, "0");
}

Deno.test("what is wrong decides the exit code; with verify-exit=peer it is 0, as the peer's", async () => {
  await using stanza = await makeVerified("verify-damage");
  const { site } = stanza;
  const whole = await saveFolder(site, "repo");
  for (const { name, act, code, says } of DAMAGES) {
    await act(stanza);
    const ended = await site.backrest(["verify", "--output=text"]);
    assertEquals(ended.code, code, `${name}: ${ended.stdout}`);
    for (const text of says) assertMatch(ended.stdout, text, name);
    assertStringIncludes(ended.stdout, "status: error");
    const lenient = await site.backrest(["verify"], { env: { PG_BACKREST_VERIFY_EXIT: "peer" } });
    assertEquals(lenient.code, 0, `${name}: ${lenient.stdout}`);
    const json = await site.backrest(["verify", "--verify-json", "--log-level-console=off"]);
    assertEquals([json.code, JSON.parse(json.stdout).status], [code, "error"], name);
    await whole.restore();
  }
});

Deno.test("WAL that is missing outside every backup is a warning; what belongs to nobody is told of", async () => {
  await using stanza = await makeVerified("verify-stray");
  const { site, incr } = stanza;
  Deno.removeSync(storedSegment(site, shifted((await walOf(stanza, incr)).stop, 2)));
  site.makeFolder(`repo/backup/${STANZA}/20200101-000000F`);
  site.write(`repo/backup/${STANZA}/20200101-000000F/left`, "behind");
  site.write(`repo/archive/${STANZA}/15-1/odd`, "what is this");
  const ended = await site.backrest(["verify", "--output=text"]);
  assertEquals(ended.code, 0, ended.stdout);
  assertMatch(ended.stdout, /WARN: .*\n?.*missing/);
  assertStringIncludes(ended.stdout, "20200101-000000F");
  assertEquals(namesIn(site.path(`repo/backup/${STANZA}/20200101-000000F`)), ["left"]);
});

Deno.test("one set is verified with the WAL it needs, and what it refers to", async () => {
  await using stanza = await makeVerified("verify-set");
  const { site, full, incr, lastSegment } = stanza;
  damage(storedSegment(site, shifted(lastSegment, -1)), 100);
  await site.mustBackrest(["verify", `--set=${full}`]);
  damage(bigFile(backupPath(site, incr)));
  await site.mustBackrest(["verify", `--set=${full}`]);
  const ended = await site.backrest(["verify", `--set=${incr}`]);
  assertEquals(ended.code, 26, ended.stdout);
  assertEquals((await site.backrest(["verify", "--set=bogus"])).code, 32);
  assertEquals((await site.backrest(["verify", "--set=20200101-000000F"])).code, 75);
});

Deno.test("pages are looked at when that is asked for, also in what was stored before they were damaged", async () => {
  await using stanza = await makeStanza("verify-pages");
  const { site, postgres } = stanza;
  await postgres.sql("create table t as select i from generate_series(1, 1000) i");
  await postgres.sql("checkpoint");
  const file = await postgres.sql("select pg_relation_filepath('t')");
  await postgres.stop();
  {
    using page = Deno.openSync(site.path(`pg/${file}`), { read: true, write: true });
    page.seekSync(100, Deno.SeekMode.Start);
    page.writeSync(new TextEncoder().encode("damage"));
  }
  await postgres.start();
  await stanza.backup(["--no-checksum-page"]);
  await site.mustBackrest(["verify"]);
  const ended = await site.backrest(["verify", "--verify-pages", "--output=text"]);
  assertEquals(ended.code, 0, ended.stdout);
  assertStringIncludes(ended.stdout, `WARN: invalid page checksum in 'pg_data/${file}' of backup`);
});
