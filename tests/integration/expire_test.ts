/** Expire with real backups and real WAL, also when it is killed in the middle. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { formatBackupInfo, readBackupInfo } from "../../src/repository/info/backup_info.ts";
import { casesOf } from "../rig/long_form.ts";
import { attach } from "../rig/postgres.ts";
import { succeed, until } from "../rig/program.ts";
import { archived, filesBelow, labelsIn, namesIn } from "../rig/repository.ts";
import { type Site } from "../rig/site.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** Full backups with WAL between them, none expired. */
async function withBackups(name: string, count: number): Promise<{ stanza: Stanza; labels: string[] }> {
  const stanza = await makeStanza(name, { postgres: { walSegmentSize: 1 } });
  const labels: string[] = [];
  await stanza.postgres.sql("create table t (i int)");
  for (let i = 0; i < count; i++) {
    labels.push(await stanza.backup(["--no-expire-auto", "--compress-type=none"]));
    await stanza.postgres.sql(`insert into t values (${i})`);
    const segment = await stanza.postgres.sql("select pg_walfile_name(pg_switch_wal())");
    await until(`segment ${segment}`, () => archived(stanza.site).some((name) => name.startsWith(segment)));
  }
  return { stanza, labels };
}

/** Start of the WAL of every listed backup, by label. */
async function startsOf(site: Site): Promise<Record<string, string>> {
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  return Object.fromEntries(
    info.backup.map((each: { label: string; archive: { start: string } }) => [each.label, each.archive.start]),
  );
}

Deno.test("backups beyond the number that is kept go, and the WAL before the oldest that stays", async () => {
  const { stanza, labels } = await withBackups("expire-count", 3);
  await using _stanza = stanza;
  const { site } = stanza;
  const starts = await startsOf(site);
  const said = await site.mustBackrest(["expire"]);
  assertStringIncludes(said, `expire full backup ${labels[0]}`);
  assertEquals(labelsIn(site), labels.slice(1));
  assertEquals(Object.keys(await startsOf(site)), labels.slice(1));
  assertEquals(archived(site)[0]!.slice(0, 24), starts[labels[1]!]);
  assertEquals(Deno.readLinkSync(site.path("repo/backup/demo/latest")), labels[2]);
  assertMatch(await site.mustBackrest(["expire"]), /no archive to remove/);
  await site.mustBackrest(["restore", `--pg1-path=${site.path("restored")}`, `--set=${labels[1]}`]);
  await using restored = attach(site, "restored");
  await stanza.postgres.stop();
  await restored.start();
});

Deno.test("a backup expires by its age once a newer one is old enough", async () => {
  const { stanza, labels } = await withBackups("expire-time", 3);
  await using _stanza = stanza;
  const { site } = stanza;
  stanza.configure({ "repo1-retention-full-type": "time", "repo1-retention-full": "7" });
  assertEquals((await site.backrest(["expire"])).code, 0);
  assertEquals(labelsIn(site), labels, "all are young");
  const starts = await startsOf(site);
  await age(site, [20, 10, 0]);
  await site.mustBackrest(["expire"]);
  assertEquals(labelsIn(site), labels.slice(1), "the one of 10 days ago is needed for the last 7");
  assertEquals(archived(site)[0]!.slice(0, 24), starts[labels[1]!]);
});

/** Makes backups older by some days each, in backup.info. */
async function age(site: Site, days: readonly number[]): Promise<void> {
  const path = site.path("repo/backup/demo/backup.info");
  const info = await readBackupInfo([Deno.readFileSync(path)], { file: path });
  const backups = info.backups.map((record, i) => {
    const seconds = days[i]! * 86400;
    return { ...record, timeStart: record.timeStart - seconds, timeStop: record.timeStop - seconds };
  });
  const bytes = await formatBackupInfo({ ...info, backups });
  for (const each of [path, `${path}.copy`]) Deno.writeFileSync(each, bytes);
}

/** Moments of a run of expire: the nth call of one of these in the main thread, or the removal of a file of the oldest backup. */
const MOMENTS = casesOf<[call: string, at: number | string]>([
  ["rename", 1],
  ["rename", 2],
  ["unlink", "backup.manifest"],
  ["unlink,unlinkat", 500],
], [
  ["unlink", "backup.manifest.copy"],
  ["unlink,unlinkat", 1500],
]);

Deno.test("killed at any moment expire never leaves a half backup listed, and the next one finishes its work", async () => {
  const { stanza, labels } = await withBackups("expire-killed", 4);
  await using _stanza = stanza;
  const { site } = stanza;
  const complete = new Map(labels.map((label) => [label, contentOf(site, "repo", label)]));
  for (const [i, [call, at]] of MOMENTS.entries()) {
    const repository = `repo-${i}`;
    await succeed("/bin/cp", ["-a", site.path("repo"), site.path(repository)]);
    const option = `--repo1-path=${site.path(repository)}`;
    const killed = typeof at === "number"
      ? await site.killedAt(call, at, ["expire", option])
      : await site.killedAtFile(call, site.path(`${repository}/backup/demo/${labels[0]}/${at}`), ["expire", option]);
    assertEquals(killed.code, 128 + 9, `${call} ${at}: ${killed.stdout}`);
    for (const file of ["backup.info", "backup.info.copy"]) {
      const path = site.path(`${repository}/backup/demo/${file}`);
      for (const { label } of (await readBackupInfo([Deno.readFileSync(path)], { file: path })).backups) {
        assertEquals(
          contentOf(site, repository, label),
          complete.get(label),
          `${call} ${at}: ${label} in ${file}`,
        );
      }
    }
    await site.mustBackrest(["expire", option]);
    assertEquals(labelsIn(site, repository), labels.slice(2), `${call} ${at}`);
    const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json", option]));
    assertEquals(info.backup.map((each: { label: string }) => each.label), labels.slice(2));
    assertEquals(archived(site, repository), archivedAfter(site, labels[2]!, await startsOf(site)), `${call} ${at}`);
  }
});

/** Files of a backup with their sizes. */
function contentOf(site: Site, repository: string, label: string): string[] {
  const folder = site.path(`${repository}/backup/demo/${label}`);
  return filesBelow(folder).map((path) => `${path} ${Deno.lstatSync(`${folder}/${path}`).size}`);
}

/** What of the archive stays when a backup is the oldest. */
function archivedAfter(site: Site, label: string, starts: Record<string, string>): string[] {
  return archived(site).filter((name) => name.slice(0, 24) >= starts[label]!);
}

Deno.test("a failing repository does not keep the others from being tidied", async () => {
  const { stanza, labels } = await withBackups("expire-two", 3);
  await using _stanza = stanza;
  const { site } = stanza;
  await succeed("/bin/cp", ["-a", site.path("repo"), site.path("repo2")]);
  stanza.configure({ "repo2-path": site.path("repo2"), "repo2-retention-full": "1" });
  await Deno.remove(site.path("repo/backup/demo/backup.info"));
  await Deno.remove(site.path("repo/backup/demo/backup.info.copy"));
  const ended = await site.backrest(["expire"]);
  assertEquals([ended.code, labelsIn(site), labelsIn(site, "repo2")], [104, labels, labels.slice(2)], ended.stdout);
  assertMatch(ended.stdout, /ERROR: \[055\]: repo1: \[FileMissingError\] /);
  assertStringIncludes(ended.stdout, "expire command encountered 1 error(s), check the log file for details");
  assert(!namesIn(site.path("repo/backup/demo")).includes("backup.info"));
});

Deno.test("each repository loses its own history of what is gone", async () => {
  const { stanza, labels } = await withBackups("expire-history", 2);
  await using _stanza = stanza;
  const { site } = stanza;
  await succeed("/bin/cp", ["-a", site.path("repo"), site.path("repo2")]);
  const history = (repository: string, year: string) => `${repository}/backup/demo/backup.history/${year}`;
  for (const [repository, label] of [["repo", "20200101-000000F"], ["repo2", "20200202-000000F"]] as const) {
    site.makeFolder(history(repository, "2020"));
    site.write(`${history(repository, "2020")}/${label}.manifest.gz`, "");
  }
  stanza.configure({
    "repo1-retention-history": "100",
    "repo2-path": site.path("repo2"),
    "repo2-retention-full": "2",
    "repo2-retention-history": "100",
  });
  await site.mustBackrest(["expire"]);
  for (const repository of ["repo", "repo2"]) {
    const year = labels[0]!.slice(0, 4);
    assertEquals(namesIn(site.path(`${repository}/backup/demo/backup.history`)), [year], repository);
    assertEquals(namesIn(site.path(history(repository, year))), labels.map((label) => `${label}.manifest.gz`));
  }
});
