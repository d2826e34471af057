/** Bundles: what a broken run leaves of them, how they become durable, what damage in one does. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Ended, executable, run } from "../rig/program.ts";
import { backupPath, damage, filesBelow, labelsIn, namesIn } from "../rig/repository.ts";
import { assertSameFiles } from "../rig/same_files.ts";
import { makeSite, type Site, STANZA } from "../rig/site.ts";
import { changeStillCluster, makeStillCluster, restorePlaces } from "../rig/still_cluster.ts";
import { checkOrder } from "../rig/trace.ts";

const BACKUP = ["backup", "--no-online"];

const BUNDLES = {
  "repo1-bundle": "y",
  "repo1-bundle-limit": "300KiB",
  "repo1-bundle-size": "1MiB",
  "manifest-save-threshold": "1MiB",
  "process-max": "1",
};

/** A still cluster whose stanza bundles; encrypted, so that journals and bundles are too. */
async function makeBundling(name: string): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(makeSite(name));
  const cipher = { "repo1-cipher-type": "aes-256-cbc", "repo1-cipher-pass": "pass" };
  site.configure({
    global: { ...BUNDLES, ...cipher, "compress-type": "zst" },
    [STANZA]: { "pg1-path": site.path("pg") },
  });
  await makeStillCluster(site);
  for (let i = 0; i < 9; i++) site.write(`pg/base/1/400${i}`, new Uint8Array(250_000).fill(i), 0o600);
  for (let i = 0; i < 9; i++) Deno.utimeSync(site.path(`pg/base/1/400${i}`), 1_600_000_000, 1_600_000_000);
  await site.mustBackrest(["stanza-create", "--no-online"]);
  stack.move();
  return site;
}

/** Places of a restore, and its other options. */
function restoreTo(site: Site, below: string): string[] {
  return ["restore", "--type=none", "--log-level-console=detail", ...restorePlaces(site, below)];
}

/** Restores and compares with what was backed up. */
async function assertRestored(site: Site): Promise<void> {
  await site.mustBackrest(restoreTo(site, "restored"));
  assertSameFiles(site, "pg", "restored", /pg_control|auto\.conf|pg_tblspc|postmaster/);
}

/** Kills a full backup when it has noted its second bundle, and tells what it left. */
async function breakOff(site: Site): Promise<{ folder: string; bundles: string[] }> {
  const killed = await site.killedAt("fdatasync", 7, [...BACKUP, "--type=full"]);
  assertEquals(killed.code, 128 + 9, killed.stdout);
  const folder = backupPath(site, labelsIn(site).at(-1)!);
  assertEquals(namesIn(folder).includes("backup.manifest"), false);
  return { folder, bundles: namesIn(`${folder}/bundle`) };
}

Deno.test("a backup that goes on keeps the bundles that were finished, and their numbers", async () => {
  await using site = await makeBundling("bundle-resume");
  const { folder, bundles } = await breakOff(site);
  assertEquals(bundles.slice(0, 2), ["1", "2"]);
  site.write("bundle-77", "not finished");
  Deno.renameSync(site.path("bundle-77"), `${folder}/bundle/77`);
  const before = Deno.statSync(`${folder}/bundle/1`);
  const said = await site.mustBackrest([...BACKUP, "--type=full", "--log-level-console=detail"]);
  assertStringIncludes(said, "resumable backup");
  assertMatch(said, /checksum resumed file .*\/base\/1\/4008/);
  assertMatch(said, /remove file '.*\/bundle\/77' from resumed backup/);
  const after = Deno.statSync(`${folder}/bundle/1`);
  assertEquals([after.ino, after.mtime, after.size], [before.ino, before.mtime, before.size]);
  // 3 was not finished; of what was in 2 pg_control is always copied anew.
  assertEquals(namesIn(`${folder}/bundle`), ["1", "2", "4", "5", "6"]);
  assertEquals(namesIn(folder).filter((name) => name.includes("journal")), []);
  await site.mustBackrest(["verify"]);
  await assertRestored(site);
});

Deno.test("what is damaged in a bundle of a broken run is copied again, into another bundle", async () => {
  await using site = await makeBundling("bundle-proof");
  const { folder } = await breakOff(site);
  damage(`${folder}/bundle/1`, 20);
  const said = await site.mustBackrest([...BACKUP, "--type=full", "--log-level-console=detail"]);
  assertMatch(said, /WARN: resumed backup file pg_data\/base\/1\/400\d does not have expected checksum and was copied/);
  assertMatch(said, /checksum resumed file/);
  await site.mustBackrest(["verify"]);
  await assertRestored(site);
});

Deno.test("bundles and their folder are on disk before the manifest appears", async () => {
  await using site = await makeBundling("bundle-durable");
  const trace = await site.traced([...BACKUP, "--type=full"]);
  const folder = backupPath(site, labelsIn(site)[0]!);
  for (const bundle of namesIn(`${folder}/bundle`)) {
    checkOrder(trace, [
      ["fsync", `${folder}/bundle/${bundle}`],
      ["fsync", `${folder}/bundle`],
      ["rename", `${folder}/backup.manifest`],
    ]);
  }
  checkOrder(trace, [["mkdir", `${folder}/bundle`], ["fsync", folder], ["fsync", `${folder}/bundle/1`]]);
});

/** Runs a full backup in which reading one file fails, the first time or every time. */
async function backupFailingAt(site: Site, path: string, when: "1" | "1+"): Promise<Ended> {
  const fault = ["-P", site.path(path), "-e", "trace=read", "-e", `inject=read:error=EIO:when=${when}`];
  const config = [`--config=${site.path("pgbackrest.conf")}`, `--stanza=${STANZA}`];
  const words = [executable(), ...config, ...BACKUP, "--type=full", "--job-retry-interval=0"];
  return await run("/usr/bin/strace", ["-f", "-qqq", "-o", "/dev/null", ...fault, ...words]);
}

Deno.test("a file that cannot be read at first is read again; when it cannot be read at all the backup fails", async () => {
  await using site = await makeBundling("bundle-retry");
  const ended = await backupFailingAt(site, "pg/base/1/4006", "1");
  assertEquals(ended.code, 0, ended.stdout);
  await site.mustBackrest(["verify"]);
  await assertRestored(site);
  const lasting = await backupFailingAt(site, "pg/base/1/4006", "1+");
  assertEquals(lasting.code, 42, lasting.stdout);
  assertMatch(lasting.stdout, /unable to read file '.*\/pg\/base\/1\/4006'.*EIO/);
});

Deno.test("nothing is stored of an empty file, and a backup of bundles has no other folders than it needs", async () => {
  await using site = await makeBundling("bundle-empty");
  await site.mustBackrest([...BACKUP, "--type=full"]);
  const folder = backupPath(site, labelsIn(site)[0]!);
  const files = filesBelow(folder);
  assertEquals(
    files.filter((path) => !/^(bundle\/\d+|backup\.manifest(\.copy)?|pg_data\/base\/5\/200\d\.zst)$/.test(path)),
    [],
  );
  assertEquals(namesIn(folder), ["backup.manifest", "backup.manifest.copy", "bundle", "pg_data"]);
  const manifest = JSON.parse(await site.mustBackrest(["manifest", "--output=json"]));
  const empty = manifest.fileList.filter(({ size }: { size: number }) => size === 0);
  assert(empty.length > 5 && empty.every((file: object) => !("bundle" in file)));
  await assertRestored(site);
});

Deno.test("a backup without bundles refers to no empty file of bundles, for there is none", async () => {
  await using site = await makeBundling("bundle-left");
  await site.mustBackrest([...BACKUP, "--type=full"]);
  changeStillCluster(site, 0);
  await site.mustBackrest([...BACKUP, "--type=incr", "--no-repo1-bundle"]);
  const stored = backupPath(site, labelsIn(site).at(-1)!);
  assert(filesBelow(stored).includes("pg_data/base/1/1000.zst"), filesBelow(stored).join("\n"));
  await assertRestored(site);
});

Deno.test("of a bundle only what is missing or changed is restored with --delta", async () => {
  await using site = await makeBundling("bundle-delta");
  await site.mustBackrest([...BACKUP, "--type=full"]);
  changeStillCluster(site, 0);
  await site.mustBackrest([...BACKUP, "--type=incr"]);
  await assertRestored(site);
  damage(site.path("restored/base/1/1002"));
  Deno.removeSync(site.path("restored/base/1/4003"));
  const said = await site.mustBackrest([...restoreTo(site, "restored"), "--delta"]);
  const written = [...said.matchAll(/restore file \S+\/restored\/(\S+) \((?!0B)/g)].map(([, path]) => path);
  const always = ["global/pg_control.pgbackrest.tmp"];
  assertEquals(written.filter((path) => !always.includes(path!)).sort(), ["base/1/1002", "base/1/4003"]);
});

Deno.test("damage in a bundle is told by the file it is in, and a restore refuses it", async () => {
  await using site = await makeBundling("bundle-damage");
  await site.mustBackrest([...BACKUP, "--type=full"]);
  damage(`${backupPath(site, labelsIn(site)[0]!)}/bundle/1`, 40);
  const verified = await site.backrest(["verify", "--log-level-console=warn"]);
  assertEquals(verified.code, 26, verified.stdout);
  assertMatch(verified.stdout, /invalid checksum '\d{8}-\d{6}F\/pg_data\/base\/1\/4008\.zst'/);
  const restored = await site.backrest(restoreTo(site, "restored"));
  assert([26, 29, 95].includes(restored.code), restored.stdout);
  assertMatch(restored.stdout, /base\/1\/4008|bundle\/1/);
  assertEquals(namesIn(site.path("restored/global")).includes("pg_control"), false);
});
