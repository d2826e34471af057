import type { Logger } from "../../log.ts";
import { asError } from "../../error.ts";
import { loadAnnotation } from "../../repository/annotation_file.ts";
import type { BackupInfo } from "../../repository/info/backup_info.ts";
import { adopt, reconcile } from "../../repository/info/reconstruct.ts";
import { compareLabels, isLabel } from "../../repository/label.ts";
import { backupFolder, manifestPath } from "../../repository/layout.ts";
import { recordOf } from "../../repository/manifest/record.ts";
import { loadManifestAt } from "../../repository/manifest_file.ts";
import { loadBackupInfo, type Repository } from "../../repository/repository.ts";

/** backup.info as it follows from what lies in the backup folder. */
export interface ReconciledInfo {
  info: BackupInfo;
  /** True when it differs from what is stored. */
  changed: boolean;
}

/**
 * Loads backup.info and brings it in line with the label folders: backups whose manifest is gone are dropped with their
 * dependents, finished backups it does not know (the run was killed before it could tell) are taken up. Nothing is saved.
 */
export async function loadReconciledInfo(repository: Repository, log: Logger): Promise<ReconciledInfo> {
  const loaded = await loadBackupInfo(repository);
  if (loaded.mainError !== undefined) {
    log.warn(`backup.info on repo${repository.key} was read from its copy: ${loaded.mainError.message}`);
  }
  const { dropped, candidates, info } = reconcile(loaded.value, await labelsWithManifest(repository));
  for (const { label, because } of dropped) {
    log.warn(
      `backup '${label}' missing manifest removed from backup.info${
        because === label ? "" : ` (it needs '${because}')`
      }`,
    );
  }
  const current = await adoptFolders(repository, { labels: candidates, info, warn: log.warn });
  return { info: current, changed: current !== loaded.value && (dropped.length > 0 || current !== info) };
}

/**
 * backup.info as those see it who only read: with finished backups that are newer than all it lists, because the run that
 * made them was killed before it could tell. Older ones it does not list are left alone: expire may be removing them.
 */
export async function loadVisibleInfo(repository: Repository, warn: (text: string) => void): Promise<BackupInfo> {
  const { value: info } = await loadBackupInfo(repository);
  const newest = info.backups.at(-1)?.label;
  const isNewer = (label: string) => newest === undefined || compareLabels(label, newest) > 0;
  const labels = await withManifest(repository, (await labelFolders(repository)).filter(isNewer));
  return await adoptFolders(repository, { labels, info, warn });
}

/** Label folders of a stanza, in byte order. */
export async function labelFolders({ storage, stanza }: Repository): Promise<string[]> {
  const labels: string[] = [];
  for await (const batch of storage.list(backupFolder(stanza))) {
    labels.push(...batch.filter(({ name, kind }) => kind === "folder" && isLabel(name)).map(({ name }) => name));
  }
  return labels;
}

/** Labels whose folder holds a main manifest: these backups are complete. */
export async function labelsWithManifest(repository: Repository): Promise<string[]> {
  return await withManifest(repository, await labelFolders(repository));
}

async function withManifest({ storage, stanza }: Repository, labels: readonly string[]): Promise<string[]> {
  const complete: string[] = [];
  for (const label of labels) {
    if (await storage.info(manifestPath(stanza, label)) !== undefined) complete.push(label);
  }
  return complete;
}

async function adoptFolders(
  repository: Repository,
  { labels, info, warn }: { labels: readonly string[]; info: BackupInfo; warn: (text: string) => void },
): Promise<BackupInfo> {
  let current = info;
  for (const label of labels) current = await adoptFolder(repository, { label, info: current, warn });
  return current;
}

async function adoptFolder(
  repository: Repository,
  { label, info, warn }: { label: string; info: BackupInfo; warn: (text: string) => void },
): Promise<BackupInfo> {
  try {
    const manifest = await loadManifestAt(repository, manifestPath(repository.stanza, label), info.cipherPass);
    const annotation = await changedNotes(repository, { label, passphrase: info.cipherPass, warn });
    const record = { ...recordOf(manifest), ...annotation };
    const result = adopt(info, label, { record, cluster: manifest.cluster });
    if ("refused" in result) {
      warn(`invalid backup '${label}' cannot be added to current backups: ${result.refused}`);
      return info;
    }
    warn(`backup '${label}' found in repository added to backup.info`);
    return result.info;
  } catch (error) {
    warn(`invalid backup '${label}' cannot be added to current backups: ${asError(error).message}`);
    return info;
  }
}

/** Notes that were changed after the backup was made. That they cannot be read does not keep a backup from being found. */
async function changedNotes(
  repository: Repository,
  { label, passphrase, warn }: { label: string; passphrase: string | undefined; warn: (text: string) => void },
): Promise<{ annotation?: Record<string, string> }> {
  try {
    const annotation = await loadAnnotation(repository, { label, passphrase });
    return annotation === undefined ? {} : { annotation };
  } catch (error) {
    warn(`annotations of backup '${label}' are as they were when it was made: ${asError(error).message}`);
    return {};
  }
}
