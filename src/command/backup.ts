import type { Invocation } from "../cli/invocation.ts";
import { BACKUP_ON_PRIOR, failUnbuilt } from "../config/unbuilt.ts";
import { openRepository } from "../context.ts";
import { fail } from "../error.ts";
import { type ControlData } from "../postgres/control.ts";
import { systemAccounts } from "../process/accounts.ts";
import { archiveId, currentCluster, isSameCluster } from "../repository/info/history.ts";
import type { BackupInfo } from "../repository/info/backup_info.ts";
import { labelFolder } from "../repository/layout.ts";
import type { Manifest } from "../repository/manifest/manifest.ts";
import { saveManifestCopy } from "../repository/manifest_file.ts";
import { loadArchiveInfo, type Repository } from "../repository/repository.ts";
import { parseLsn } from "../repository/wal/lsn.ts";
import type { Archive } from "./archive/wait.ts";
import { removeAbandoned } from "./backup/abandoned.ts";
import { completeBackup } from "./backup/complete.ts";
import { copyFiles } from "./backup/copy.ts";
import { createFolders } from "./backup/folders.ts";
import type { CopySettings } from "./backup/job.ts";
import { chooseLabel } from "./backup/label.ts";
import { copyQueue } from "./backup/queue.ts";
import { scanCluster, type ScannedTree } from "./backup/scan.ts";
import { type BackupSettings, backupSettings } from "./backup/settings.ts";
import { startBackup, type StartedBackup } from "./backup/start.ts";
import { stopBackup, storeLabelFiles, waitForWal } from "./backup/stop.ts";
import { passListingSecond } from "./backup/timing.ts";
import { connectClusters, type LiveCluster, needPrimary } from "./cluster/connect.ts";
import { loadReconciledInfo } from "./stanza/reconciled.ts";
import { newPassphrase } from "./stanza/passphrase.ts";

/** Bytes in a full segment of a relation. */
const RELATION_SEGMENT = 1024 ** 3;

/** Backs up a cluster into one repository. */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration, log } = invocation;
  const keys = configuration.options.selected("repo");
  if (keys.length > 1) log.info(`repo option not specified, defaulting to repo${keys[0]}`);
  const repository = openRepository(configuration, keys[0]!);
  const { info } = await loadReconciledInfo(repository, log);
  refusePrior(invocation, info);
  await using clusters = await connectClusters(invocation);
  const primary = needPrimary(clusters);
  checkStanza(repository, info, primary.control);
  const archive = await openArchive(invocation, repository);
  await removeAbandoned(repository, log);
  const backup: Backup = { repository, info, primary, archive, settings: backupSettings(invocation, primary.control) };
  const manifest = await takeBackup(invocation, backup);
  await completeBackup(invocation, { repository, manifest, info });
  return 0;
}

/** What a backup works with. */
interface Backup {
  repository: Repository;
  info: BackupInfo;
  primary: LiveCluster;
  /** Where WAL has to arrive; undefined when nobody checks. */
  archive: Archive | undefined;
  settings: BackupSettings;
}

function refusePrior({ configuration: { options }, log }: Invocation, info: BackupInfo): void {
  const type = options.need("type");
  if (type === "full") return;
  if (info.backups.some(({ clusterId }) => clusterId === info.currentId)) {
    failUnbuilt(BACKUP_ON_PRIOR, { options, key: 0 });
  }
  log.warn(`no prior backup exists, ${type} backup has been changed to full`);
}

function checkStanza({ key, stanza }: Repository, info: BackupInfo, control: ControlData): void {
  const current = currentCluster(info);
  if (isSameCluster(current, control)) return;
  fail(
    "backupMismatch",
    `PostgreSQL version ${control.version}, system-id ${control.systemId} do not match repo${key} stanza version ` +
      `${current.version}, system-id ${current.systemId}`,
    {
      hint:
        `is this the correct stanza? After an upgrade of PostgreSQL run: pg_backrest --stanza=${stanza} stanza-upgrade`,
    },
  );
}

async function openArchive(
  { configuration: { options } }: Invocation,
  repository: Repository,
): Promise<Archive | undefined> {
  if (!options.get("archive-check")) return undefined;
  return { repository, archiveId: archiveId(currentCluster((await loadArchiveInfo(repository)).value)) };
}

async function takeBackup(invocation: Invocation, backup: Backup): Promise<Manifest> {
  const { repository, info, primary, archive, settings } = backup;
  const timeStart = Math.floor(await primary.cluster.clock() / 1000);
  const started = await startBackup(invocation, { primary, archive });
  const tree = await scan(invocation, backup);
  const timeCopyStart = await passListingSecond(primary.cluster.clock);
  const label = await chooseLabel(repository, { type: "full", time: timeStart });
  const manifest = newManifest(backup, { label, timeStart, timeCopyStart, started, tree });
  await saveManifestCopy(repository, manifest, info.cipherPass);
  await createFolders(repository, manifest);
  await copy(invocation, backup, manifest);
  const stopped = await stopBackup(invocation, primary);
  await storeLabelFiles(invocation, { repository, manifest, ...cipherOf(manifest) }, stopped);
  const stop = parseLsn(stopped.lsn);
  Object.assign(manifest.backup, { timeStop: stopped.time, lsnStop: stop, walStop: stopped.walFile });
  await saveManifestCopy(repository, manifest, info.cipherPass);
  const { walSegmentSize } = primary.control;
  const range = { timeline: started.timeline, start: parseLsn(started.lsn), stop, segmentSize: walSegmentSize };
  if (archive) await waitForWal(invocation, archive, range);
  Object.assign(manifest.options, settings.options);
  return manifest;
}

async function scan({ log, signal }: Invocation, { primary, settings }: Backup): Promise<ScannedTree> {
  let known = await primary.cluster.tablespaces();
  return await scanCluster(primary.pgPath, {
    rules: settings.selection,
    accounts: systemAccounts(),
    async tablespaceName(oid) {
      const find = () => known.find((tablespace) => tablespace.oid === oid)?.name;
      if (find() === undefined) known = await primary.cluster.tablespaces();
      return find();
    },
    warn: log.warn,
    info: log.info,
    signal,
  });
}

interface ManifestParts {
  label: string;
  timeStart: number;
  timeCopyStart: number;
  started: StartedBackup;
  tree: ScannedTree;
}

function newManifest({ repository, info, primary: { control }, settings }: Backup, parts: ManifestParts): Manifest {
  const { label, timeStart, timeCopyStart, started, tree } = parts;
  return {
    ...tree,
    backup: {
      label,
      type: "full",
      references: [label],
      timeStart,
      timeCopyStart,
      timeStop: 0,
      lsnStart: parseLsn(started.lsn),
      walStart: started.walFile,
      bundle: false,
      bundleRaw: false,
      blockIncr: false,
    },
    cluster: {
      id: info.currentId,
      systemId: control.systemId,
      version: control.version,
      catalogVersion: control.catalogVersion,
      controlVersion: control.controlVersion,
    },
    options: settings.options,
    ...(repository.passphrase === undefined ? {} : { cipherPass: newPassphrase() }),
    databases: started.databases.map(({ name, oid, lastSystemOid }) => ({ name, oid, lastSystemOid })),
  };
}

function cipherOf({ cipherPass }: Manifest): { passphrase?: string } {
  return cipherPass === undefined ? {} : { passphrase: cipherPass };
}

async function copy(
  invocation: Invocation,
  { repository, primary, settings }: Backup,
  manifest: Manifest,
): Promise<void> {
  const { compressType, compressLevel, checksumPage } = settings.options;
  const { pageSize } = primary.control;
  const copySettings: CopySettings = {
    repoKey: repository.key,
    pgPath: primary.pgPath,
    pageSize,
    segmentPages: RELATION_SEGMENT / pageSize,
    headerCheck: invocation.configuration.options.get("page-header-check") ?? true,
    folder: labelFolder(repository.stanza, manifest.backup.label),
    compressType,
    compressLevel,
    ...cipherOf(manifest),
  };
  const queue = copyQueue(manifest.files, { selection: settings.selection, checksumPage });
  let total = 0;
  for (const row of manifest.files.rows()) total += manifest.files.size(row);
  await copyFiles(invocation, { manifest, primary, settings: copySettings, queue, total });
}
