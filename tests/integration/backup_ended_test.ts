/** A backup that ends before its time: by a signal or by death, at different moments. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { promoted } from "../rig/content.ts";
import { attach, type Postgres } from "../rig/postgres.ts";
import { type Running, until } from "../rig/program.ts";
import { backupPath, filesBelow, labelsIn, namesIn } from "../rig/repository.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** Megabytes of noise in the data folder: at the highest level of zstd they take many seconds. */
const NOISE = 48;

async function makeSlow(name: string): Promise<Stanza> {
  const stanza = await makeStanza(name, { global: { "process-max": "2" } });
  for (const file of ["noise-1", "noise-2"]) {
    const path = `${stanza.postgres.folder}/${file}`;
    stanza.site.write(`pg/${file}`, "", 0o600);
    using noise = Deno.openSync(path, { append: true });
    const piece = new Uint8Array(1024 * 1024);
    for (let i = 0; i < NOISE; i++) {
      for (let at = 0; at < piece.length; at += 65536) crypto.getRandomValues(piece.subarray(at, at + 65536));
      noise.writeSync(piece);
    }
  }
  return stanza;
}

/** Starts a backup and waits until it copies. */
async function startCopying({ site }: Stanza): Promise<Running> {
  const started = Date.now();
  const running = site.start(["backup", "--type=full", "--compress-type=zst", "--compress-level=19"]);
  await until("the noise in the repository", () => {
    return labelsIn(site).flatMap((label) => {
      const folder = backupPath(site, label);
      return filesBelow(folder).filter((path) => path.includes("noise")).map((path) => `${folder}/${path}`);
    }).some((path) => Deno.statSync(path).mtime!.getTime() >= started);
  });
  return running;
}

/** Waits until the server has no session of a backup any more, and so no backup. */
async function backupForgotten(postgres: Postgres): Promise<void> {
  const sessions = "select count(*) from pg_stat_activity where application_name like 'pgBackRest%'";
  await until("the end of the session", async () => await postgres.sql(sessions) === "0");
}

/** A backup after the one that broke off, and a restore of it. */
async function mustGoOn(stanza: Stanza): Promise<void> {
  const { site, postgres } = stanza;
  const label = await stanza.backup(["--compress-type=none"]);
  assertEquals(labelsIn(site), [label], "nothing is left of the one that broke off");
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertEquals(info.backup.map((each: { label: string }) => each.label), [label]);
  await postgres.stop();
  await site.mustBackrest(["restore", `--pg1-path=${site.path("restored")}`]);
  await using restored = attach(site, "restored");
  await restored.start();
  await promoted(restored);
}

Deno.test("a signal ends a backup that copies within 3 s, with 63, without locks, and the server knows", async () => {
  await using stanza = await makeSlow("ended-signal");
  const { site, postgres } = stanza;
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    await using running = await startCopying(stanza);
    const asked = performance.now();
    running.kill(signal);
    const ended = await running.ended;
    assert(performance.now() - asked < 3000, `${signal}: ${performance.now() - asked} ms`);
    assertEquals([ended.code, namesIn(site.path("lock"))], [63, []], ended.stdout);
    assertMatch(ended.stdout, new RegExp(`terminated on signal ${signal}`));
    assertEquals(await postgres.sql("select count(*) from pg_stat_activity where application_name like 'pgB%'"), "0");
  }
  assertStringIncludes(await site.mustBackrest(["info"]), "no valid backups");
  await mustGoOn(stanza);
});

Deno.test("a backup that is killed leaves its lock files and nothing that counts", async () => {
  await using stanza = await makeSlow("ended-kill");
  const { site, postgres } = stanza;
  await using running = await startCopying(stanza);
  running.kill("SIGKILL");
  await running.ended;
  assertEquals(namesIn(site.path("lock")), ["demo-backup-1.lock", "demo-backup.lock"]);
  await backupForgotten(postgres);
  assertStringIncludes(await site.mustBackrest(["info"]), "no valid backups");
  const restore = await site.backrest(["restore", `--pg1-path=${site.path("restored")}`]);
  assertEquals(restore.code, 75, restore.stdout);
  await mustGoOn(stanza);
});

Deno.test("a backup that waits for WAL ends at a signal as well", async () => {
  await using stanza = await makeStanza("ended-waiting", { gate: true, global: { "archive-timeout": "60" } });
  const { site, postgres } = stanza;
  await using running = site.start(["backup", "--type=full"]);
  await until("the session of the backup", async () => {
    return await postgres.sql("select count(*) from pg_stat_activity where application_name like 'pgB%'") === "1";
  });
  const asked = performance.now();
  running.kill("SIGTERM");
  const ended = await running.ended;
  assertEquals([ended.code, namesIn(site.path("lock"))], [63, []], ended.stdout);
  assert(performance.now() - asked < 3000);
  await backupForgotten(postgres);
});

Deno.test("a server that goes away ends the backup, and what was copied does not count", async () => {
  await using stanza = await makeSlow("ended-server");
  const { site, postgres } = stanza;
  await using running = await startCopying(stanza);
  await postgres.stop("immediate");
  const ended = await running.ended;
  assertEquals([ended.code, namesIn(site.path("lock"))], [57, []], ended.stdout);
  await postgres.start();
  await mustGoOn(stanza);
});

Deno.test("a backup that died between its manifest and backup.info is there for everybody who looks", async () => {
  await using stanza = await makeStanza("ended-late");
  const { site } = stanza;
  const first = await stanza.backup();
  const before = labelsIn(site);
  // The renames of one backup in the main thread: labels, manifest copies, manifest, history, backup.info.
  const renames = (await site.traced(["backup", "--type=full"])).calls.filter(({ name }) => name === "rename");
  const nth = renames.findIndex(({ path }) => path.endsWith("/backup.info")) + 1;
  const second = labelsIn(site).find((label) => !before.includes(label))!;
  const killed = await site.killedAt("rename", nth, ["backup", "--type=full"]);
  assertEquals(killed.code, 128 + 9, killed.stdout);
  const third = labelsIn(site).at(-1)!;
  assert(third > second && namesIn(backupPath(site, third)).includes("backup.manifest"));
  const listed = Deno.readTextFileSync(site.path("repo/backup/demo/backup.info"));
  assertEquals([second, third].map((label) => listed.includes(label)), [true, false]);

  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertEquals(info.backup.map((each: { label: string }) => each.label), [first, second, third]);
  const said = await site.mustBackrest(["restore", `--pg1-path=${site.path("restored")}`]);
  assertStringIncludes(said, `WARN: backup '${third}' found in repository added to backup.info`);
  assertStringIncludes(said, `restore backup set ${third}`);
  const expired = await site.mustBackrest(["expire"]);
  assertStringIncludes(expired, `WARN: backup '${third}' found in repository added to backup.info`);
  assertEquals(labelsIn(site), [second, third], "two are kept");
});
