/** One backup that goes to several repositories at once. */
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { casesOf } from "../rig/long_form.ts";
import { executable, run } from "../rig/program.ts";
import { archived, backupPath, labelsIn, namesIn } from "../rig/repository.ts";
import { assertSameFiles } from "../rig/same_files.ts";
import { makeSite, type Site, STANZA } from "../rig/site.ts";
import { mountSmallDisk } from "../rig/small_disk.ts";
import { makeStanza } from "../rig/stanza.ts";
import { changeStillCluster, makeStillCluster, restorePlaces } from "../rig/still_cluster.ts";

const BACKUP = ["backup", "--no-online", "--all-repos", "--log-level-console=detail"];

const KEPT = { "repo1-retention-full": "9", "repo2-retention-full": "9" };

/** The second repository is encrypted, so that the same bytes become others there. */
const SECOND = { "repo2-cipher-type": "aes-256-cbc", "repo2-cipher-pass": "second" };

const BLOCKS = Object.fromEntries(["repo1", "repo2"].flatMap((repo) => [
  [`${repo}-bundle`, "y"],
  [`${repo}-bundle-size`, "1MiB"],
  [`${repo}-block`, "y"],
  // The files of a still cluster are old.
  [`${repo}-block-age-map`, "0=1"],
]));

async function makeTwo(name: string, options: Record<string, string> = {}): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(makeSite(name));
  const global = { ...KEPT, ...SECOND, "repo2-path": site.path("repo2"), "process-max": "2", ...options };
  site.configure({ global, [STANZA]: { "pg1-path": site.path("pg") } });
  await makeStillCluster(site);
  await site.mustBackrest(["stanza-create", "--no-online"]);
  stack.move();
  return site;
}

/** The labels a run gave, by repository. */
function labelsOf(said: string): [first: string, second: string] {
  const label = (key: number) => new RegExp(`repo${key}: new backup label = (\\S+)`).exec(said)?.[1] ?? "none";
  return [label(1), label(2)];
}

/** Restores a backup of each repository, and compares it with a folder. */
async function assertRestored(site: Site, labels: readonly string[], wanted: string): Promise<void> {
  for (const [i, label] of labels.entries()) {
    const below = `restored-${i + 1}`;
    const delta = namesIn(site.path(below)).length > 0 ? ["--delta"] : [];
    await site.mustBackrest([
      "restore",
      `--repo=${i + 1}`,
      `--set=${label}`,
      "--type=none",
      ...restorePlaces(site, below),
      ...delta,
    ]);
    assertSameFiles(site, wanted, below);
  }
}

const FORMS = casesOf<[name: string, options: Record<string, string>]>([
  ["files", { "compress-type": "gz" }],
  ["bundles and blocks", { "compress-type": "zst", ...BLOCKS }],
], [["plain files", { "compress-type": "none", "repo1-hardlink": "y" }]]);

for (const [name, options] of FORMS) {
  Deno.test(`each repository gets a backup of its own chain, all of one time (${name})`, async () => {
    await using site = await makeTwo("one-pass", options);
    const full = labelsOf(await site.mustBackrest([...BACKUP, "--type=full"]));
    assertEquals(full[0], full[1]);
    changeStillCluster(site, 0);
    await site.mustBackrest(["backup", "--no-online", "--type=diff", "--repo=2"]);
    const [own] = labelsIn(site, "repo2").slice(-1);
    changeStillCluster(site, 1);
    const said = await site.mustBackrest([...BACKUP, "--type=incr"]);
    const incr = labelsOf(said);
    assertEquals(incr[0], incr[1]);
    assert(incr[0]! > own!, `${incr[0]} behind ${own}`);
    assertMatch(said, new RegExp(`repo1: last backup label = ${full[0]}`));
    assertMatch(said, new RegExp(`repo2: last backup label = ${own}`));
    for (const repo of [1, 2]) await site.mustBackrest(["verify", `--repo=${repo}`, "--verify-pages"]);
    await assertRestored(site, incr, "pg");
  });
}

Deno.test("a file that several repositories lack is read once", async () => {
  await using site = await makeTwo("one-pass-read", { "compress-type": "gz" });
  const [big, trace] = [site.path("pg/base/5/2009"), site.path("trace")];
  const config = [`--config=${site.path("pgbackrest.conf")}`, `--stanza=${STANZA}`];
  const strace = ["-f", "-qqq", "-o", trace, "-P", big, "-e", "trace=openat", "-e", "signal=none"];
  const ended = await run("/usr/bin/strace", [...strace, executable(), ...config, ...BACKUP, "--type=full"]);
  assertEquals(ended.code, 0, ended.stdout);
  assertEquals(Deno.readTextFileSync(trace).trim().split("\n").length, 1);
});

Deno.test("a repository that cannot get the backup is left out, the other one gets it and is expired", async () => {
  await using site = await makeTwo("one-pass-partly", { "repo1-retention-full": "1" });
  const [first] = labelsOf(await site.mustBackrest([...BACKUP, "--type=full"]));
  Deno.renameSync(site.path("repo2"), site.path("unplugged"));
  const partly = await site.backrest([...BACKUP, "--type=full"]);
  assertEquals(partly.code, 104, partly.stdout);
  assertMatch(partly.stdout, /ERROR: \[055\]: repo2: \[FileMissingError\]/);
  assertMatch(
    partly.stdout,
    /ERROR: \[104\]: backup failed on 1 repository\n +HINT: repo2: see .* The others have the backup/,
  );
  const [second] = labelsOf(partly.stdout);
  assertEquals(labelsIn(site), [second]);
  assertStringIncludes(partly.stdout, `repo1: expire full backup ${first}`);
  Deno.renameSync(site.path("unplugged"), site.path("repo2"));
  changeStillCluster(site, 0);
  await site.mustBackrest([...BACKUP, "--type=incr"]);
  assertEquals([labelsIn(site).length, labelsIn(site, "repo2").length], [2, 2]);
});

Deno.test("a repository whose journal cannot be written is left out as any other that fails", async () => {
  await using site = await makeTwo("one-pass-journal");
  const args = [...BACKUP, "--type=full", "--manifest-save-threshold=1B"];
  // The label of a run that goes on is known beforehand, and with it the path of its journal.
  const broken = await site.killedAt("fdatasync", 4, args);
  assertEquals(broken.code, 128 + 9, broken.stdout);
  const [label] = labelsIn(site, "repo2");
  const journal = site.path(`repo2/backup/${STANZA}/${label}/backup.manifest.journal.pgbackrest.tmp`);
  const partly = await site.failingAtFile("openat", journal, { error: "EACCES", when: "1+" }, args);
  assertEquals(partly.code, 104, partly.stdout);
  assertMatch(partly.stdout, /ERROR: \[041\]: repo2: \[FileOpenError\] .*journal/);
  const [done] = labelsOf(partly.stdout);
  await site.mustBackrest(args);
  assertEquals([labelsIn(site).includes(done), labelsIn(site, "repo2").length], [true, 1]);
});

Deno.test("one form for all repositories: what differs is an error before anything begins", async () => {
  await using site = await makeTwo("one-pass-forms", { "repo2-bundle": "y" });
  const refused = await site.backrest([...BACKUP, "--type=full"]);
  assertEquals(refused.code, 31, refused.stdout);
  assertMatch(refused.stdout, /needs one 'repo-bundle': repo1 has n, repo2 has y/);
  assertEquals([labelsIn(site), labelsIn(site, "repo2")], [[], []]);
  await site.mustBackrest(["backup", "--no-online", "--repo=1", "--compress-type=zst"]);
  await site.mustBackrest(["backup", "--no-online", "--repo=2", "--compress-type=gz", "--no-repo2-bundle"]);
  const set = await site.backrest([...BACKUP, "--no-repo2-bundle"]);
  assertEquals(set.code, 31, set.stdout);
  assertMatch(set.stdout, /needs one 'compress-type': repo1 has 'zst', repo2 has 'gz'\n +HINT: .*--type=full/);
  const both = await site.backrest([...BACKUP, "--repo=1"]);
  assertEquals(both.code, 31, both.stdout);
  assertStringIncludes(both.stdout, "option 'all-repos' cannot be combined with option 'repo'");
});

Deno.test({
  name: "a repository that fills up is left out, what it had got is used by the next backup",
  // Only root can mount a small file system.
  ignore: Deno.uid() !== 0,
  fn: async () => {
    await using site = await makeTwo("one-pass-full");
    await using disk = await mountSmallDisk(site, "small", 8);
    const global = { ...KEPT, ...SECOND, "repo2-path": disk.folder, "process-max": "2", "compress-type": "none" };
    site.configure({ global, [STANZA]: { "pg1-path": site.path("pg") } });
    await site.mustBackrest(["stanza-create", "--no-online"]);
    const retry = "--job-retry-interval=0";
    const partly = await site.backrest([...BACKUP, "--type=full", retry, "--manifest-save-threshold=1MiB"]);
    assertEquals(partly.code, 104, partly.stdout);
    assertMatch(partly.stdout, /ERROR: \[064\]: repo2: \[FileWriteError\] unable to write file '.*no space left/);
    const [label] = labelsIn(site);
    assertEquals(namesIn(backupPath(site, label!)).includes("backup.manifest"), true);
    const left = labelsIn(site, "small");
    assertEquals(left, [label]);
    assertNotMatch(await site.mustBackrest(["info", "--repo=2"]), /full backup/);
    Deno.removeSync(site.path("pg/base/5/2009"));
    Deno.removeSync(site.path("pg/base/5/2008"));
    const again = await site.mustBackrest([...BACKUP, "--type=full"]);
    assertMatch(again, /repo2: resumable backup \S+ of same type exists/);
    const labels = labelsOf(again);
    assertEquals(labels[1], label);
    assertStringIncludes(again, "checksum resumed file");
    await assertRestored(site, labels, "pg");
  },
});

Deno.test("PostgreSQL is told once, and its WAL has to reach every repository", async () => {
  const global = { "repo2-path": "", "archive-timeout": "5", ...KEPT };
  await using stanza = await makeStanza("one-pass-live", { create: false, postgres: { walSegmentSize: 1 } });
  const { site } = stanza;
  stanza.configure({ ...global, "repo2-path": site.path("repo2") });
  await site.mustBackrest(["stanza-create"]);
  const said = await site.mustBackrest(["backup", "--all-repos", "--type=full"]);
  assertEquals(said.match(/execute non-exclusive backup start/g)?.length, 1);
  const [first, second] = labelsOf(said);
  assertEquals(first, second);
  const wal = archived(site);
  assertEquals(archived(site, "repo2"), wal);
  // WAL goes to the first repository only, so that the second one can not be completed.
  stanza.configure({ ...global, "repo2-path": site.path("elsewhere") });
  await site.mustBackrest(["stanza-create"]);
  const settings = Deno.readTextFileSync(site.path("pgbackrest.conf"));
  site.write("first.conf", settings.replaceAll(/^repo2.*\n/gm, ""));
  const archiver = (await stanza.postgres.sql("show archive_command")).replace("pgbackrest.conf", "first.conf");
  await stanza.postgres.sql(`alter system set archive_command = '${archiver.replaceAll("'", "''")}'`);
  await stanza.postgres.sql("select pg_reload_conf()");
  const partly = await site.backrest(["backup", "--all-repos", "--type=full", "--archive-timeout=3"]);
  assertEquals(partly.code, 104, partly.stdout);
  assertMatch(partly.stdout, /ERROR: \[082\]: repo2: \[ArchiveTimeoutError\]/);
  assertEquals([labelsIn(site).length, labelsIn(site, "elsewhere")], [2, []], partly.stdout);
});
