import type { Invocation } from "../cli/invocation.ts";
import { openRepository } from "../context.ts";
import { fail } from "../error.ts";
import type { ControlData } from "../postgres/control.ts";
import type { BackupInfo } from "../repository/info/backup_info.ts";
import { archiveId, currentCluster, isSameCluster } from "../repository/info/history.ts";
import type { Manifest } from "../repository/manifest/manifest.ts";
import { saveManifestCopy } from "../repository/manifest_file.ts";
import { loadArchiveInfo, type Repository } from "../repository/repository.ts";
import { parseLsn } from "../repository/wal/lsn.ts";
import { segmentName, timelineOf } from "../repository/wal/segment.ts";
import type { Archive } from "./archive/wait.ts";
import { copyWal } from "./backup/archive_copy.ts";
import { compareWithPrior, type Comparison, setReasons } from "./backup/compare.ts";
import type { Backup } from "./backup/backup.ts";
import { completeBackup } from "./backup/complete.ts";
import { bytesToCopy, fillFolder, takeFolder, unreadRows } from "./backup/folder.ts";
import { linkReferences } from "./backup/hard_links.ts";
import { newManifest } from "./backup/manifest.ts";
import { chooseType, settingsOfSet } from "./backup/prior.ts";
import type { ScannedTree } from "./backup/scan.ts";
import { backupSettings } from "./backup/settings.ts";
import { type BackupSource, openSource, scanSource } from "./backup/source.ts";
import { awaitReplay } from "./backup/standby.ts";
import { startBackup, type StartedBackup } from "./backup/start.ts";
import { stopBackup, storeLabelFiles, waitForWal, type WalRange } from "./backup/stop.ts";
import { passListingSecond } from "./backup/timing.ts";
import { skipUntouched } from "./backup/wal_summaries.ts";
import { loadReconciledInfo } from "./stanza/reconciled.ts";

/** Backs up a cluster into one repository. */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration, log } = invocation;
  const keys = configuration.options.selected("repo");
  if (keys.length > 1) log.info(`repo option not specified, defaulting to repo${keys[0]}`);
  const repository = openRepository(invocation, keys[0]!);
  const { info } = await loadReconciledInfo(repository, log);
  await using source = await openSource(invocation);
  checkStanza(repository, info, source.control);
  const choice = await chooseType(invocation, repository, info);
  const settings = settingsOfSet(invocation, backupSettings(invocation, source), choice.prior);
  const archive = await openArchive(invocation, repository);
  const manifest = await takeBackup(invocation, { repository, info, source, ...choice, archive, settings });
  await completeBackup(invocation, { repository, manifest, info });
  return 0;
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

/** From the start on PostgreSQL to a manifest that only has to be made visible. */
async function takeBackup(invocation: Invocation, backup: Backup): Promise<Manifest> {
  const { repository, info, source, archive, settings, type, prior } = backup;
  const { live } = source;
  const timeStart = Math.floor(await source.clock() / 1000);
  const started = live && await startBackup(invocation, { primary: live, archive });
  if (source.standby && started) await awaitReplay(invocation, source.standby, started);
  const tree = await scanSource(invocation, source, settings.selection);
  const timeCopyStart = await passListingSecond(source.clock);
  const comparison = prior && await compare(invocation, backup, { tree, started, timeCopyStart });
  for (const warning of comparison?.warnings ?? []) invocation.log.warn(warning);
  const delta = comparison?.delta ?? settings.options.delta;
  const isUnread = unreadRows(backup, tree.files, comparison);
  const total = bytesToCopy(tree.files, isUnread);
  const folder = await takeFolder(invocation, backup, { timeStart });
  const parts = { type, prior, info, source, settings, tree, timeStart, timeCopyStart, started, delta };
  const manifest = newManifest(invocation, { ...parts, ...folder });
  await saveManifestCopy(repository, manifest, info.cipherPass);
  await fillFolder(invocation, backup, { manifest, comparison, folder, isUnread, total });
  if (settings.options.hardlink) await linkReferences(repository, manifest);
  if (live && started) await endOnline(invocation, backup, { manifest, live, started });
  else manifest.backup.timeStop = Math.floor(await source.clock() / 1000);
  return manifest;
}

async function compare(
  invocation: Invocation,
  backup: Backup,
  { tree, started, timeCopyStart }: { tree: ScannedTree; started: StartedBackup | undefined; timeCopyStart: number },
): Promise<Comparison> {
  const { prior, settings } = backup;
  const { backup: { walStop }, options } = prior!.header;
  const reasons = setReasons(
    {
      label: prior!.label,
      online: options.online,
      ...(walStop ? { timeline: timelineOf(walStop) } : {}),
    },
    { online: settings.options.online, ...(started ? { timeline: started.timeline } : {}) },
  );
  const { files } = await prior!.open();
  const comparison = await compareWithPrior(tree.files, { label: prior!.label, files }, {
    delta: settings.options.delta,
    reasons,
    listedUntil: timeCopyStart - 1,
    bundle: settings.bundling !== undefined || prior!.header.backup.bundle,
    online: settings.options.online,
    blocks: settings.blocks !== undefined,
  });
  return await skipUntouched(invocation, backup, { files: tree.files, started, comparison });
}

async function endOnline(
  invocation: Invocation,
  { repository, info, source, archive, settings }: Backup,
  { manifest, live, started }: { manifest: Manifest; live: NonNullable<BackupSource["live"]>; started: StartedBackup },
): Promise<void> {
  const stopped = await stopBackup(invocation, live);
  await storeLabelFiles(invocation, { repository, manifest }, stopped);
  const { walSegmentSize: segmentSize } = source.control;
  const range: WalRange = {
    timeline: started.timeline,
    start: parseLsn(started.lsn),
    stop: parseLsn(stopped.lsn),
    segmentSize,
  };
  const walStop = segmentName(range.timeline, range.stop - 1n, { segmentSize });
  Object.assign(manifest.backup, { timeStop: stopped.time, lsnStop: range.stop, walStop });
  await saveManifestCopy(repository, manifest, info.cipherPass);
  if (archive === undefined) return;
  const paths = await waitForWal(invocation, archive, range);
  if (settings.options.archiveCopy) await copyWal(invocation, paths, { manifest, archive, segmentSize });
}
