import { compareLabels, isLabel } from "../label.ts";
import { type BackupInfo, findBackup, withBackup, withDependents, withoutBackups } from "./backup_info.ts";
import type { BackupRecord } from "./backup_record.ts";
import { clusterById, type ClusterIdentity, isSameCluster } from "./history.ts";

/** How backup.info differs from what lies in the backup folder. */
export interface Reconciliation {
  /** Backups without a manifest and all that depend on them, with the one each fell with. */
  dropped: { label: string; because: string }[];
  /** Folders with a manifest that backup.info does not list, ascending: their manifests are to be read and offered to `adopt`. */
  candidates: string[];
  /** backup.info without what was dropped. */
  info: BackupInfo;
}

/** A backup whose manifest was found, as it would stand in backup.info, and the cluster it is of. */
export interface FoundBackup {
  record: BackupRecord;
  cluster: ClusterIdentity;
}

/**
 * Compares backup.info with the labels whose folder holds a main manifest (its copy does not count: the main manifest is what
 * commits a backup).
 */
export function reconcile(info: BackupInfo, labelsWithManifest: Iterable<string>): Reconciliation {
  const present = new Set([...labelsWithManifest].filter(isLabel));
  const dropped = new Map<string, string>();
  for (const { label } of info.backups) {
    if (present.has(label) || dropped.has(label)) continue;
    for (const dependent of withDependents(info, label)) {
      if (!dropped.has(dependent)) dropped.set(dependent, label);
    }
  }
  const listed = withoutBackups(info, dropped.keys());
  return {
    dropped: [...dropped].map(([label, because]) => ({ label, because })),
    candidates: [...present].filter((label) => !findBackup(listed, label)).sort(compareLabels),
    info: listed,
  };
}

/**
 * backup.info with a found backup added, or why it may not be: its label, its cluster and its prior have to fit. Offer candidates ascending, so
 * that priors come first.
 */
export function adopt(
  info: BackupInfo,
  folder: string,
  found: FoundBackup,
): { info: BackupInfo } | { refused: string } {
  const { record, cluster } = found;
  if (record.label !== folder) return { refused: `manifest in '${folder}' is of backup '${record.label}'` };
  const known = clusterById(info, record.clusterId);
  if (known === undefined || !isSameCluster(known, cluster)) {
    return {
      refused:
        `backup '${folder}' is of cluster ${record.clusterId} (${cluster.version}, system id ${cluster.systemId}), ` +
        "which is not in the history of backup.info",
    };
  }
  if (record.prior !== undefined && findBackup(info, record.prior) === undefined) {
    return { refused: `prior backup '${record.prior}' of backup '${folder}' is not in backup.info` };
  }
  return { info: withBackup(info, record) };
}
