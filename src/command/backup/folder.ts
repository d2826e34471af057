import type { Invocation } from "../../cli/invocation.ts";
import { repositoryHost } from "../../context.ts";
import { fail } from "../../error.ts";
import { hasPageChecksums, type SelectionRules } from "../../postgres/selection.ts";
import { readKeyHandle } from "../../repository/key_handle.ts";
import { fullOf } from "../../repository/label.ts";
import { labelFolder } from "../../repository/layout.ts";
import type { FileData } from "../../repository/manifest/file_data.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { baseOf, parentOf } from "../../storage/path.ts";
import { newKey } from "../stanza/passphrase.ts";
import type { Backup } from "./backup.ts";
import type { Comparison } from "./compare.ts";
import { blockRule } from "./block_rule.ts";
import { copyFiles } from "./copy.ts";
import { createFolders } from "./folders.ts";
import type { CopySettings } from "./copy_job.ts";
import { startJournal } from "./journal_file.ts";
import { chooseLabel } from "./label.ts";
import { cleanLeftover } from "./leftover_clean.ts";
import { CONTROL_NAME } from "./names.ts";
import { copyQueues } from "./queue.ts";
import { keepable, takeUpLeftover } from "./resume.ts";
import { checkRoles, watchServers } from "./watch.ts";

/** Bytes in a full segment of a relation. */
const RELATION_SEGMENT = 1024 ** 3;

/** The folder a backup is written into. */
export interface BackupFolder {
  label: string;
  /** Passphrase of the files of this set, where the repository is encrypted. */
  cipherPass: string | undefined;
  /** What a run that broke off finished in it; undefined for a new folder. */
  finished: FileTable | undefined;
}

/** Takes up the folder of a run that broke off, or chooses a label for a new one. */
export async function takeFolder(
  invocation: Invocation,
  backup: Backup,
  { timeStart }: { timeStart: number },
): Promise<BackupFolder> {
  const { configuration: { options }, log } = invocation;
  const { repository, info, type, prior, settings } = backup;
  const encrypted = info.cipherPass !== undefined;
  const setPass = prior?.header.cipherPass;
  const leftover = await takeUpLeftover(repository, {
    type,
    prior: prior?.label,
    references: prior?.header.backup.references ?? [],
    compressType: settings.options.compressType,
    cipherPass: setPass,
    encrypted,
    bundle: settings.bundling !== undefined,
    blockIncr: settings.blocks !== undefined,
  }, { resume: options.get("resume") ?? false, passphrase: info.cipherPass, log });
  if (leftover !== undefined) return { cipherPass: leftover.cipherPass, ...leftover };
  const label = await chooseLabel(repository, {
    type,
    time: timeStart,
    ...(prior === undefined ? {} : { prior: prior.label }),
  });
  const cipherPass = encrypted ? setPass ?? newKey(repository, { level: "set", label }) : undefined;
  return { label, cipherPass, finished: undefined };
}

/** What is put into a folder. */
export interface FolderContent {
  manifest: Manifest;
  comparison: Comparison | undefined;
  folder: BackupFolder;
  /** Rows whose bytes are not read, see {@linkcode unreadRows}, and the bytes of all others. */
  isUnread(row: number): boolean;
  total: number;
}

/** Copies into the folder what has to be copied. */
export async function fillFolder(invocation: Invocation, backup: Backup, content: FolderContent): Promise<void> {
  const { repository, info, source } = backup;
  const { manifest, comparison, folder: { finished }, isUnread, total } = content;
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
    isUnchanged: isUnread,
    isCandidate: (row: number) => comparison?.candidates.has(row) ?? false,
    blocks: blockRule(backup, content),
    kept,
    ...(bundling === undefined ? {} : { bundling: { ...bundling, firstId: firstBundle(finished) } }),
  };
  await using journal = await startJournal(invocation, repository, { manifest, finished, passphrase: info.cipherPass });
  using watch = watchServers(source, invocation.signal);
  await copyFiles(invocation, {
    manifest,
    settings: await copySettings(invocation, backup, manifest),
    ...copyQueues(files, rules, { fromStandby: source.standby !== undefined }),
    total,
    journal,
    signal: watch.signal,
  });
  await checkRoles(source);
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

/** Bytes of the files that have to be looked at. Error 55 when there is none, which an offline backup may come to. */
export function bytesToCopy(files: FileTable, isUnread: (row: number) => boolean): number {
  let total = 0;
  let count = 0;
  for (const row of files.rows()) {
    if (isUnread(row)) continue;
    total += files.size(row);
    count++;
  }
  if (count === 0) {
    fail("fileMissing", "no files have changed since the last backup - this seems unlikely", {
      hint: "an offline backup of a cluster that was not started since adds nothing to the last one.",
    });
  }
  return total;
}

/**
 * The passphrase that files in blocks are encrypted with where they are cut: the only one that its host gives to the host
 * of the cluster, and only for this set.
 */
async function blockPassphrase(
  invocation: Invocation,
  { repository, settings }: Backup,
  { backup: { label }, cipherPass }: Manifest,
): Promise<string | undefined> {
  if (settings.blocks === undefined || cipherPass === undefined) return undefined;
  if (readKeyHandle(cipherPass) === undefined) return cipherPass;
  return await (await repositoryHost(invocation, repository.key)).setPassphrase(fullOf(label));
}

async function copySettings(invocation: Invocation, backup: Backup, manifest: Manifest): Promise<CopySettings> {
  const { options } = invocation.configuration;
  const { repository, source: { control, files, standby }, settings } = backup;
  const { backup: { label, bundleRaw, type, references }, cipherPass } = manifest;
  const { compressType, compressLevel = 0, delta } = manifest.options;
  const ofBlocks = await blockPassphrase(invocation, backup, manifest);
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
