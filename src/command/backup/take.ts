import type { Invocation } from "../../cli/invocation.ts";
import { saveManifestCopy } from "../../repository/manifest_file.ts";
import { parseLsn } from "../../repository/wal/lsn.ts";
import { segmentName, timelineOf } from "../../repository/wal/segment.ts";
import { copyWal } from "./archive_copy.ts";
import type { Backup, Draft, OpenBackup, PlacedDraft } from "./backup.ts";
import { compareWithPrior, type Comparison, setReasons } from "./compare.ts";
import { fillFolders, refuseNothing, takeFolders, unreadRows } from "./folder.ts";
import { linkReferences } from "./hard_links.ts";
import { newManifest } from "./manifest.ts";
import { copyTree, type ScannedTree } from "./scan.ts";
import { type BackupSource, scanSource } from "./source.ts";
import { awaitReplay } from "./standby.ts";
import { checkArrival, startBackup, type StartedBackup } from "./start.ts";
import { stopBackup, type StoppedBackup, storeLabelFiles, waitForWal, type WalRange } from "./stop.ts";
import type { Survivors } from "./survivors.ts";
import { passListingSecond } from "./timing.ts";
import { skipUntouched } from "./wal_summaries.ts";

/** When things happened, in epoch seconds by the clock of the cluster's host. */
interface Times {
  timeStart: number;
  timeCopyStart: number;
}

/** What one pass over the cluster works with. */
interface Pass {
  source: BackupSource;
  survivors: Survivors;
}

/** From the start on PostgreSQL to manifests that only have to be made visible. */
export async function takeBackup(
  invocation: Invocation,
  backups: readonly Backup[],
  pass: Pass,
): Promise<OpenBackup[]> {
  const { source, survivors } = pass;
  const timeStart = Math.floor(await source.clock() / 1000);
  const started = await start(invocation, backups, pass);
  const tree = await scanSource(invocation, source, backups[0]!.settings.selection);
  const times = { timeStart, timeCopyStart: await passListingSecond(source.clock) };
  const present = survivors.of(backups);
  const drafts = await survivors.map(present, (backup) => {
    // Each enters what it knows of the files into a table of its own; all have the same rows.
    return compare(backup, { tree: present.length === 1 ? tree : copyTree(tree), started, ...times });
  });
  const placed = await takeFolders(drafts, { timeStart, survivors });
  const open = await survivors.map(placed, (draft) => openManifest(draft, started, times));
  await fillFolders(invocation, open, pass);
  await survivors.map(open, async ({ repository, manifest }) => {
    if (manifest.options.hardlink) await linkReferences(repository, manifest);
  });
  await end(invocation, open, { ...pass, started });
  return survivors.of(open);
}

/** Begins the backup on PostgreSQL, where it runs; WAL then reaches the repositories that are still in. */
async function start(
  invocation: Invocation,
  backups: readonly Backup[],
  { source: { live, standby }, survivors }: Pass,
): Promise<StartedBackup | undefined> {
  if (live === undefined) return undefined;
  const archiving = backups.some(({ archive }) => archive !== undefined);
  const started = await startBackup(invocation, { primary: live, archiving });
  const { walSegmentSize: segmentSize } = live.control;
  await survivors.map(backups, async ({ archive, ...backup }) => {
    if (archive !== undefined) await checkArrival(backup.invocation, started, { archive, segmentSize });
  });
  if (standby !== undefined) await awaitReplay(invocation, standby, started);
  return started;
}

async function compare(
  backup: Backup,
  { tree, ...now }: Times & { tree: ScannedTree; started: StartedBackup | undefined },
): Promise<Draft> {
  const comparison = backup.prior && await compareTree(backup, { tree, ...now });
  for (const warning of comparison?.warnings ?? []) backup.invocation.log.warn(warning);
  const isUnread = unreadRows(backup, tree.files, comparison);
  refuseNothing(tree.files, isUnread);
  return { ...backup, tree, comparison, isUnread };
}

async function compareTree(
  backup: Backup,
  { tree, started, timeCopyStart }: Times & { tree: ScannedTree; started: StartedBackup | undefined },
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
  return await skipUntouched(backup.invocation, backup, { files: tree.files, started, comparison });
}

/** The manifest of a backup, and the copy of it that makes its folder one that can be gone on with. */
async function openManifest(draft: PlacedDraft, started: StartedBackup | undefined, times: Times): Promise<OpenBackup> {
  const { invocation, repository, info, comparison, folder, settings } = draft;
  const delta = comparison?.delta ?? settings.options.delta;
  const manifest = newManifest(invocation, { ...draft, ...folder, prior: draft.prior, started, delta, ...times });
  await saveManifestCopy(repository, manifest, info.cipherPass);
  return { ...draft, manifest };
}

async function end(
  invocation: Invocation,
  backups: readonly OpenBackup[],
  { source, survivors, started }: Pass & { started: StartedBackup | undefined },
): Promise<void> {
  if (source.live === undefined || started === undefined) {
    const timeStop = Math.floor(await source.clock() / 1000);
    for (const { manifest } of backups) manifest.backup.timeStop = timeStop;
    return;
  }
  const stopped = await stopBackup(invocation, source.live);
  await survivors.map(backups, (backup) => endOnline(backup, started, stopped));
}

async function endOnline(
  { invocation, repository, info, source, archive, settings, manifest }: OpenBackup,
  started: StartedBackup,
  stopped: StoppedBackup,
): Promise<void> {
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
