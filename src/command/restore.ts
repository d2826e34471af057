import type { Invocation } from "../cli/invocation.ts";
import { formatSize } from "../cli/size.ts";
import { repositoryHost } from "../context.ts";
import { fail } from "../error.ts";
import { formatTime } from "../log.ts";
import type { RecoveryType } from "../postgres/recovery.ts";
import { DATA_TARGET } from "../postgres/selection.ts";
import { systemAccounts } from "../process/accounts.ts";
import type { WorkerPool } from "../process/pool.ts";
import { findBetaBlocks } from "../repository/beta_blocks.ts";
import { labelFolder } from "../repository/layout.ts";
import { loadManifest } from "../repository/manifest_file.ts";
import type { Manifest } from "../repository/manifest/manifest.ts";
import { validateManifest } from "../repository/manifest/validate.ts";
import { absolutePath } from "../storage/path.ts";
import { readEntry } from "../storage/posix.ts";
import { clearSpool } from "./archive/spool/clear.ts";
import { chooseBackup, type ChosenSet } from "./restore/choose.ts";
import { restoreFiles, startRestorePool } from "./restore/copy.ts";
import { finishRestore } from "./restore/finish.ts";
import type { RestoreSettings } from "./restore/restore_job.ts";
import { planLayout, type RestoreLayout } from "./restore/layout.ts";
import { mapOwners, type OwnerMap } from "./restore/owners.ts";
import { prepareFolders } from "./restore/prepare.ts";
import { restoreQueue } from "./restore/queue.ts";
import { planSelective, type Selective } from "./restore/selective.ts";
import { planRecovery, RECOVERY_FILES, type RecoveryPlan, writeRecovery } from "./restore/recovery.ts";
import { checkTargets, MARKER } from "./restore/targets.ts";
import { checkTimeline } from "./restore/timeline.ts";

/** Restores a backup into the data folder of the stanza and sets up its recovery. */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration: { options }, log } = invocation;
  const pgPath = absolutePath(options.need("pg-path"), "/");
  refuseRunning(pgPath);
  const reuse = reuseRule(invocation, pgPath);
  await removeSpool(invocation);
  await using pool = startRestorePool(invocation);
  const set = await chooseBackup(invocation);
  const host = await repositoryHost(invocation, set.repository.key);
  await using _kept = await host.shareSets([...set.record.references, set.record.label]);
  const type = recoveryType(invocation, set);
  await checkTimeline(set, { type, option: options.find("target-timeline") });
  const manifest = await loadSet(set);
  refuseBetaBlocks(set, manifest);
  const online = manifest.options.online;
  log.info(
    `repo${set.repository.key}: restore backup set ${set.record.label}` +
      (online ? `, recovery will start at ${formatTime(new Date(set.record.timeStart * 1000)).slice(0, 19)}` : ""),
  );
  const recovery = planRecovery(invocation, type);
  const plan = planRestore(invocation, { set, manifest, pgPath, recovery, reuse });
  await act(invocation, plan, pool);
  return 0;
}

/** Everything that is decided before anything is touched. */
interface RestorePlan {
  set: ChosenSet;
  manifest: Manifest;
  layout: RestoreLayout;
  owners: OwnerMap;
  selective: Selective | undefined;
  recovery: RecoveryPlan;
  reuse: RestoreSettings["reuse"] | undefined;
}

function refuseRunning(pgPath: string): void {
  if (readEntry(`${pgPath}/postmaster.pid`, ".") === undefined) return;
  fail("pgRunning", "unable to restore while PostgreSQL is running", {
    hint: `presence of 'postmaster.pid' in '${pgPath}' indicates PostgreSQL is running: stop it first.\n` +
      "remove 'postmaster.pid' only if PostgreSQL is not running.",
  });
}

/** How existing files are judged; undefined when the folders have to be empty. */
function reuseRule(
  { configuration: { options }, log }: Invocation,
  pgPath: string,
): RestoreSettings["reuse"] | undefined {
  const [delta, force] = [options.get("delta"), options.get("force")];
  if (!delta && !force) return undefined;
  if (["PG_VERSION", MARKER].every((name) => readEntry(`${pgPath}/${name}`, ".") === undefined)) {
    log.warn(
      `--delta or --force specified but unable to find 'PG_VERSION' or '${MARKER}' in '${pgPath}' to confirm that this is ` +
        "a valid $PGDATA directory. --delta and --force have been disabled and if any files exist in the destination " +
        "directories the restore will be aborted.",
    );
    return undefined;
  }
  return delta && force ? "time" : delta ? "checksum" : "never";
}

/** Segments fetched for the cluster as it was must not be given to the restored one. */
async function removeSpool({ configuration: { options } }: Invocation): Promise<void> {
  const spool = options.find("spool-path");
  if (spool !== undefined) await clearSpool(spool, options.need("stanza"));
}

function recoveryType({ configuration: { options } }: Invocation, { record }: ChosenSet): RecoveryType {
  return !record.options.online && !options.isSet("type") ? "none" : options.need("type") as RecoveryType;
}

async function loadSet({ repository, info, record }: ChosenSet): Promise<Manifest> {
  const { value: manifest } = await loadManifest(repository, record.label, info.cipherPass);
  validateManifest(manifest, { strict: false });
  if (manifest.backup.label === record.label) return manifest;
  fail("format", `requested backup '${record.label}' and manifest label '${manifest.backup.label}' do not match`, {
    hint: "this indicates some sort of corruption (at the very least paths have been renamed).",
  });
}

function refuseBetaBlocks({ info }: ChosenSet, { backup: { references } }: Manifest): void {
  const beta = findBetaBlocks(info, references);
  if (beta === undefined) return;
  fail("featureNotSupported", `backup '${beta}' holds blocks in the layout that pgbackrest had as a beta up to 2.45`, {
    hint: "restore it with the version of pgbackrest that made it (2.44 or 2.45, with --beta), or choose another set.",
  });
}

function planRestore(
  { configuration: { options }, log }: Invocation,
  parts: {
    set: ChosenSet;
    manifest: Manifest;
    pgPath: string;
    recovery: RecoveryPlan;
    reuse: RestoreSettings["reuse"] | undefined;
  },
): RestorePlan {
  const { manifest, pgPath, recovery, reuse } = parts;
  const layout = planLayout(manifest, {
    pgPath,
    tablespaceMap: options.get("tablespace-map") ?? new Map(),
    tablespaceMapAll: options.get("tablespace-map-all"),
    linkMap: options.get("link-map") ?? new Map(),
    linkAll: options.get("link-all") ?? false,
  });
  for (const info of layout.infos) log.info(info);
  for (const warning of layout.warnings) log.warn(warning);
  const [uid, gid] = [Deno.uid() ?? 0, Deno.gid() ?? 0];
  const owners = mapOwners(manifest, {
    uid,
    gid,
    folder: readEntry(pgPath, ".", { follow: true }),
    accounts: systemAccounts(),
  });
  for (const warning of owners.warnings) log.warn(warning);
  checkTargets(layout, { overwrite: reuse !== undefined, preserved: preservedFiles(recovery), uid });
  return { ...parts, layout, owners, selective: selectiveOf(options, { manifest, log }) };
}

function selectiveOf(
  options: Invocation["configuration"]["options"],
  { manifest, log }: { manifest: Manifest; log: Invocation["log"] },
): Selective | undefined {
  const selective = planSelective(manifest, {
    include: options.get("db-include") ?? [],
    exclude: options.get("db-exclude") ?? [],
  });
  if (selective === undefined) return undefined;
  if (selective.zeroed.length === 0) log.info("nothing to exclude: every database of the backup is restored");
  for (const { name, oid } of selective.zeroed) {
    log.info(`database '${name}' (${oid}) is restored as empty files: drop it after recovery, it cannot be used`);
  }
  return selective;
}

function preservedFiles({ type }: RecoveryPlan): readonly string[] {
  return type === "preserve" ? RECOVERY_FILES : [];
}

async function act(invocation: Invocation, plan: RestorePlan, pool: WorkerPool): Promise<void> {
  const { log } = invocation;
  const { set, manifest, layout, owners, selective, recovery, reuse } = plan;
  const preserved = preservedFiles(recovery);
  let total = 0;
  for (const row of manifest.files.rows()) total += manifest.files.size(row);
  await prepareFolders({ manifest, layout, owners, overwrite: reuse !== undefined, preserved, log });
  const skip = new Set([`${DATA_TARGET}/tablespace_map`, ...preserved.map((name) => `${DATA_TARGET}/${name}`)]);
  const queue = restoreQueue({ manifest, stanza: set.repository.stanza, layout, owners, skip, selective });
  const settings: RestoreSettings = {
    repoKey: set.repository.key,
    compressType: manifest.options.compressType,
    references: manifest.backup.references.map((label) => labelFolder(set.repository.stanza, label)),
    ...(manifest.cipherPass === undefined ? {} : { passphrase: manifest.cipherPass }),
    reuse: reuse ?? "never",
    copyStart: manifest.backup.timeCopyStart,
  };
  await restoreFiles(invocation, pool, { settings, queue, total });
  const folder = manifest.paths.find(({ name }) => name === DATA_TARGET)!;
  await writeRecovery(invocation, recovery, {
    pgPath: layout.roots[0]!.path,
    folderMode: folder.mode,
    owner: owners.owner(folder),
  });
  finishRestore({ manifest, layout, online: manifest.options.online, log });
  log.info(`restore size = ${formatSize(total)}, file total = ${manifest.files.count}`);
}
