import type { Logger } from "../../log.ts";
import { asError } from "../../error.ts";
import type { BackupInfo } from "../../repository/info/backup_info.ts";
import { adopt, reconcile } from "../../repository/info/reconstruct.ts";
import { isLabel } from "../../repository/label.ts";
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
  let current = info;
  for (const label of candidates) current = await adoptFolder(repository, { label, info: current, log });
  return { info: current, changed: current !== loaded.value && (dropped.length > 0 || current !== info) };
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
  const complete: string[] = [];
  for (const label of await labelFolders(repository)) {
    if (await repository.storage.info(manifestPath(repository.stanza, label)) !== undefined) complete.push(label);
  }
  return complete;
}

async function adoptFolder(
  repository: Repository,
  { label, info, log }: { label: string; info: BackupInfo; log: Logger },
): Promise<BackupInfo> {
  try {
    const manifest = await loadManifestAt(repository, manifestPath(repository.stanza, label), info.cipherPass);
    const result = adopt(info, label, { record: recordOf(manifest), cluster: manifest.cluster });
    if ("refused" in result) {
      log.warn(`invalid backup '${label}' cannot be added to current backups: ${result.refused}`);
      return info;
    }
    log.warn(`backup '${label}' found in repository added to backup.info`);
    return result.info;
  } catch (error) {
    log.warn(`invalid backup '${label}' cannot be added to current backups: ${asError(error).message}`);
    return info;
  }
}
