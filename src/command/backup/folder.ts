import type { Invocation } from "../../cli/invocation.ts";
import { repositoryHost } from "../../context.ts";
import { fail } from "../../error.ts";
import { hasPageChecksums, type SelectionRules } from "../../postgres/selection.ts";
import { readKeyHandle } from "../../repository/key_handle.ts";
import { fullOf } from "../../repository/label.ts";
import { labelFolder } from "../../repository/layout.ts";
import type { FileData } from "../../repository/manifest/file_data.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import { baseOf, parentOf } from "../../storage/path.ts";
import { newKey } from "../stanza/passphrase.ts";
import type { Backup, BackupFolder, Draft, OpenBackup, PlacedDraft } from "./backup.ts";
import type { Comparison } from "./compare.ts";
import { blockRule } from "./block_rule.ts";
import { copyFiles, type CopyRun } from "./copy.ts";
import { createFolders } from "./folders.ts";
import type { CopySettings } from "./copy_job.ts";
import { startJournal } from "./journal_file.ts";
import { copyFileOf } from "./file_rule.ts";
import { chooseLabels, existingLabels, type WantedLabel } from "./label.ts";
import { cleanLeftover } from "./leftover_clean.ts";
import { CONTROL_NAME } from "./names.ts";
import { copyQueues } from "./queue.ts";
import { keepable, type Leftover, takeUpLeftover } from "./resume.ts";
import type { BackupSource } from "./source.ts";
import type { Survivors } from "./survivors.ts";
import { checkRoles, watchServers } from "./watch.ts";

/** Bytes in a full segment of a relation. */
const RELATION_SEGMENT = 1024 ** 3;

/** For each backup the folder of a run that broke off, or one with a new label; these are all of one time. */
export async function takeFolders(
  drafts: readonly Draft[],
  { timeStart, survivors }: { timeStart: number; survivors: Survivors },
): Promise<PlacedDraft[]> {
  const looked = await survivors.map(drafts, async (draft) => ({
    ...draft,
    leftover: await findLeftover(draft),
    existing: await existingLabels(draft.repository),
  }));
  const without = looked.filter(({ leftover }) => leftover === undefined);
  const wanted = without.map(({ type, prior }): WantedLabel => ({ type, ...(prior && { prior: prior.label }) }));
  const labels = await chooseLabels(wanted, timeStart, looked.flatMap(({ existing }) => existing));
  return looked.map(({ leftover, existing: _, ...draft }) => ({
    ...draft,
    folder: leftover === undefined
      ? newFolder(draft, labels.shift()!)
      : { cipherPass: leftover.cipherPass, ...leftover },
  }));
}

async function findLeftover(
  { invocation: { configuration: { options }, log }, repository, info, type, prior, settings }: Draft,
): Promise<Leftover | undefined> {
  return await takeUpLeftover(repository, {
    type,
    prior: prior?.label,
    references: prior?.header.backup.references ?? [],
    compressType: settings.options.compressType,
    cipherPass: prior?.header.cipherPass,
    encrypted: info.cipherPass !== undefined,
    bundle: settings.bundling !== undefined,
    blockIncr: settings.blocks !== undefined,
  }, { resume: options.get("resume") ?? false, passphrase: info.cipherPass, log });
}

function newFolder({ repository, info, prior }: Draft, label: string): BackupFolder {
  const setPass = prior?.header.cipherPass;
  const cipherPass = info.cipherPass === undefined ? undefined : setPass ?? newKey(repository, { level: "set", label });
  return { label, cipherPass, finished: undefined };
}

/** Copies into the folders what has to be copied; files that several of them lack are read once. */
export async function fillFolders(
  invocation: Invocation,
  backups: readonly OpenBackup[],
  { source, survivors }: { source: BackupSource; survivors: Survivors },
): Promise<void> {
  await using journals = new AsyncDisposableStack();
  const runs = await survivors.map(backups, async (backup) => {
    const run = await prepareRun(backup);
    // That of a repository that was left out may not be closed well.
    journals.defer(() => closeJournal(run, survivors));
    return run;
  });
  const isUnread = (row: number) => backups.every((each) => each.isUnread(row));
  const [{ manifest: { files }, settings: { bundling } }] = backups as [OpenBackup, ...OpenBackup[]];
  const firstId = Math.max(...backups.map(({ folder }) => firstBundle(folder.finished)));
  const queueRules = { isUnread, ...(bundling === undefined ? {} : { bundling: { ...bundling, firstId } }) };
  using watch = watchServers(source, invocation.signal);
  await copyFiles(invocation, {
    runs,
    queues: copyQueues(files, queueRules, { fromStandby: source.standby !== undefined }),
    total: bytesToCopy(files, isUnread),
    signal: watch.signal,
    onFailure: ({ key }, error) => survivors.leaveOut(key, error),
  });
  await checkRoles(source);
}

async function closeJournal(run: CopyRun, survivors: Survivors): Promise<void> {
  try {
    await run.journal?.[Symbol.asyncDispose]();
  } catch (error) {
    if (survivors.of([run]).length > 0) throw error;
  }
}

/** Makes a folder ready to be copied into. */
async function prepareRun(backup: OpenBackup): Promise<CopyRun> {
  const { key, invocation, repository, info, manifest, isUnread, comparison, folder: { finished } } = backup;
  const { files } = manifest;
  const { bundling, selection } = backup.settings;
  const { checksumPage } = manifest.options;
  const kept = (row: number): FileData | undefined =>
    finished === undefined || isUnread(row) || files.name(row) === CONTROL_NAME
      ? undefined
      : keepable(files, row, { finished, delta: manifest.options.delta });
  if (finished !== undefined) {
    await cleanLeftover(repository, manifest, { kept, log: invocation.log });
  }
  const isWhole = manifest.backup.type === "full" && bundling === undefined;
  if (isWhole || manifest.options.hardlink) await createFolders(repository, manifest);
  if (bundling !== undefined && checksumPage) noteEmptyPages(files, selection);
  const rules = {
    selection,
    checksumPage,
    isCandidate: (row: number) => comparison?.candidates.has(row) ?? false,
    blocks: blockRule(backup),
    kept,
  };
  return {
    key,
    invocation,
    manifest,
    settings: await copySettings(backup),
    isTaken: (row) => !isUnread(row),
    fileOf: (row) => copyFileOf(files, row, rules),
    journal: await startJournal(invocation, repository, { manifest, finished, passphrase: info.cipherPass }),
  };
}

/** Bundles of a run that broke off keep their numbers, also those that are of no use any more. */
function firstBundle(finished: FileTable | undefined): number {
  let last = 0;
  for (const row of finished?.rows() ?? []) last = Math.max(last, finished!.bundle(row)?.id ?? 0);
  return last + 1;
}

/** Empty files are not read where there are bundles; all of their no pages are right. */
function noteEmptyPages(files: FileTable, selection: SelectionRules): void {
  for (const row of files.rows()) {
    if (files.size(row) > 0) continue;
    const name = files.name(row);
    if (hasPageChecksums(parentOf(name), baseOf(name), selection)) files.set(row, { pageChecksum: true });
  }
}

/** Tells the rows whose bytes are not read at all: what is as in the prior backup, and empty files where there are bundles. */
export function unreadRows(
  { settings: { bundling } }: Backup,
  files: FileTable,
  comparison: Comparison | undefined,
): (row: number) => boolean {
  return (row) => bundling !== undefined && files.size(row) === 0 || (comparison?.unchanged.has(row) ?? false);
}

/** Error 55 when no file has to be looked at, which an offline backup may come to. */
export function refuseNothing(files: FileTable, isUnread: (row: number) => boolean): void {
  for (const row of files.rows()) if (!isUnread(row)) return;
  fail("fileMissing", "no files have changed since the last backup - this seems unlikely", {
    hint: "an offline backup of a cluster that was not started since adds nothing to the last one.",
  });
}

/** Bytes of the files that have to be looked at. */
function bytesToCopy(files: FileTable, isUnread: (row: number) => boolean): number {
  let total = 0;
  for (const row of files.rows()) if (!isUnread(row)) total += files.size(row);
  return total;
}

/**
 * The passphrase that files in blocks are encrypted with where they are cut: the only one that its host gives to the host
 * of the cluster, and only for this set.
 */
async function blockPassphrase(
  { invocation, repository, settings, manifest: { backup: { label }, cipherPass } }: OpenBackup,
): Promise<string | undefined> {
  if (settings.blocks === undefined || cipherPass === undefined) return undefined;
  if (readKeyHandle(cipherPass) === undefined) return cipherPass;
  return await (await repositoryHost(invocation, repository.key)).setPassphrase(fullOf(label));
}

async function copySettings(backup: OpenBackup): Promise<CopySettings> {
  const { manifest, invocation: { configuration: { options } } } = backup;
  const { repository, source: { control, files, standby }, settings } = backup;
  const { backup: { label, bundleRaw, type, references }, cipherPass } = manifest;
  const { compressType, compressLevel = 0, delta } = manifest.options;
  const ofBlocks = await blockPassphrase(backup);
  return {
    repoKey: repository.key,
    pgKey: files.key,
    pgPath: files.pgPath,
    pageSize: control.pageSize,
    segmentPages: RELATION_SEGMENT / control.pageSize,
    headerCheck: options.get("page-header-check") ?? true,
    folder: labelFolder(repository.stanza, label),
    compressType,
    compressLevel,
    bundling: settings.bundling !== undefined,
    raw: bundleRaw,
    delta,
    reference: references.length - 1,
    superSize: (type === "full" ? settings.blocks?.superSizeFull : settings.blocks?.superSize) ?? 0,
    ...(cipherPass === undefined ? {} : { passphrase: cipherPass }),
    ...(ofBlocks === undefined ? {} : { blockPassphrase: ofBlocks }),
    ...(standby === undefined ? {} : { standby: { pgKey: standby.key, pgPath: standby.pgPath } }),
  };
}
