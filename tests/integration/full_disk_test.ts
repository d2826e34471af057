/** File systems that are full or closed: the error names them, and nothing half-written becomes visible. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { contentOf, promoted } from "../rig/content.ts";
import { attach } from "../rig/postgres.ts";
import { until } from "../rig/program.ts";
import { archived, filesBelow, labelsIn, namesIn } from "../rig/repository.ts";
import { mountSmallDisk } from "../rig/small_disk.ts";
import { makeStanza } from "../rig/stanza.ts";
import { makeQuietStanza, makeSegment } from "../rig/wal.ts";

/** Only root can mount a small file system. */
const ignore = Deno.uid() !== 0;

Deno.test({
  name: "WAL waits in the cluster while the repository is full, and arrives when there is room again",
  ignore,
  fn: async () => {
    await using stanza = await makeQuietStanza("full-push");
    const { site, postgres } = stanza;
    await using disk = await mountSmallDisk(site, "small", 8);
    stanza.configure({ "repo1-path": disk.folder, "compress-type": "none" });
    await postgres.start();
    await site.mustBackrest(["stanza-create"]);
    const path = `${postgres.folder}/${makeSegment(stanza, "000000010000000000000005")}`;
    const full = await site.backrest(["archive-push", path]);
    assertEquals(full.code, 104, full.stdout);
    assertMatch(
      full.stdout,
      /repo1: \[FileWriteError\] unable to write file '.*'.*no space left.*\n +HINT: the file system is full/,
    );
    assertEquals(filesBelow(`${disk.folder}/archive/demo/15-1`), [], "not even a temporary file stays");
    assertEquals((await site.backrest(["archive-push", path, "--compress-type=zst"])).code, 0);
    assertEquals(archived(site, "small").length, 1);
  },
});

Deno.test({
  name: "a backup that does not fit fails, does not count, and its room is free for the next one",
  ignore,
  fn: async () => {
    await using stanza = await makeStanza("full-backup", { create: false, postgres: { walSegmentSize: 1 } });
    const { site } = stanza;
    await using disk = await mountSmallDisk(site, "small", 16);
    stanza.configure({ "repo1-path": disk.folder, "process-max": "2", "repo1-retention-full": "1" });
    await site.mustBackrest(["stanza-create"]);
    const full = await site.backrest(["backup", "--type=full", "--compress-type=none"]);
    assertEquals(full.code, 64, full.stdout);
    assertMatch(
      full.stdout,
      /\[064\]: unable to write file '.*'.*no space left.*\n +HINT: the file system is full. Look with: df -h/,
    );
    assertStringIncludes(await site.mustBackrest(["info"]), "no valid backups");
    assertEquals(
      labelsIn(site, "small").filter((label) => {
        return namesIn(`${disk.folder}/backup/demo/${label}`).includes("backup.manifest");
      }),
      [],
    );
    const label = await stanza.backup(["--compress-type=zst"]);
    assertEquals(labelsIn(site, "small"), [label]);
    disk.fill();
    const info = Deno.readTextFileSync(`${disk.folder}/backup/demo/backup.info`);
    const second = await site.backrest(["backup", "--type=full", "--compress-type=zst", "--archive-timeout=1"]);
    assert(second.code !== 0, second.stdout);
    assertEquals(Deno.readTextFileSync(`${disk.folder}/backup/demo/backup.info`), info);
    disk.clear();
    assertStringIncludes(await site.mustBackrest(["info"]), `full backup: ${label}`);
    await stanza.backup(["--compress-type=zst"]);
  },
});

Deno.test({
  name: "a restore that does not fit fails, no server starts on it, and with room --delta completes it",
  ignore,
  fn: async () => {
    await using stanza = await makeStanza("full-restore", { postgres: { walSegmentSize: 1 } });
    const { site, postgres } = stanza;
    await postgres.sql("create table t as select i, repeat('x', 500) from generate_series(1, 10000) i");
    await stanza.backup();
    const content = await contentOf(postgres);
    await postgres.stop();
    await using disk = await mountSmallDisk(site, "small", 60);
    disk.fill();
    const target = `${disk.folder}/pg`;
    Deno.truncateSync(`${disk.folder}/ballast`, 40 * 1024 * 1024);
    const full = await site.backrest(["restore", `--pg1-path=${target}`]);
    assertEquals(full.code, 64, full.stdout);
    assertMatch(
      full.stdout,
      /\[064\]: unable to write file '.*\/small\/pg\/.*no space left.*\n +HINT: the file system is full/,
    );
    await using restored = attach(site, "small/pg");
    disk.clear();
    await restored.tryStart();
    assertEquals([await restored.isRunning(), namesIn(`${target}/global`).includes("pg_control")], [false, false]);
    await site.mustBackrest(["restore", `--pg1-path=${target}`, "--delta"]);
    await restored.start();
    await promoted(restored);
    assertEquals(await contentOf(restored), content);
    await restored.stop();
  },
});

Deno.test("a repository without permission is named by every command that needs it", async () => {
  await using stanza = await makeStanza("closed");
  const { site, postgres } = stanza;
  await stanza.backup();
  await Deno.chmod(site.path("repo/backup/demo"), 0o550);
  const backup = await site.backrest(["backup", "--type=full"]);
  assert([41, 47].includes(backup.code), backup.stdout);
  assertMatch(
    backup.stdout,
    /permission denied[^]*HINT: does the user who runs this command own it\? Look with: ls -ld/,
  );
  const sessions = "select count(*) from pg_stat_activity where application_name like 'pgBackRest%'";
  await until("the end of the session", async () => await postgres.sql(sessions) === "0");
  await Deno.chmod(site.path("repo/backup/demo"), 0o750);
  await Deno.chmod(site.path("repo/backup/demo/backup.info"), 0o000);
  await Deno.chmod(site.path("repo/backup/demo/backup.info.copy"), 0o000);
  const closed = await site.backrest(["backup", "--type=full"]);
  assertEquals(closed.code, 41, closed.stdout);
  const restore = await site.backrest(["restore", `--pg1-path=${site.path("new")}`]);
  assertEquals(restore.code, 75, restore.stdout);
  assertStringIncludes(restore.stdout, "[FileOpenError]");
  for (const name of ["backup.info", "backup.info.copy"]) {
    await Deno.chmod(site.path(`repo/backup/demo/${name}`), 0o640);
  }
  await stanza.backup();
});
