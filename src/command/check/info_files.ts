import type { ControlData } from "../../postgres/control.ts";
import type { BackupInfo } from "../../repository/info/backup_info.ts";
import { archiveId, currentCluster } from "../../repository/info/history.ts";
import { loadArchiveInfo, loadBackupInfo, type Repository } from "../../repository/repository.ts";
import { refuseDisagreement, refuseForeignCluster } from "../stanza/cluster_match.ts";

/** The info files of a stanza that fit together and belong to the cluster. */
export interface CheckedInfo {
  /** Archive id of the cluster. */
  archiveId: string;
  backup: BackupInfo;
}

/** Loads both info files. Error 28 when they are of another cluster or disagree; 55, 26, 29, 95 for the files. */
export async function checkInfoFiles(repository: Repository, control: ControlData): Promise<CheckedInfo> {
  const { value: archive } = await loadArchiveInfo(repository);
  const { value: backup } = await loadBackupInfo(repository);
  refuseDisagreement(archive, backup);
  refuseForeignCluster(repository, archive, control);
  return { archiveId: archiveId(currentCluster(archive)), backup };
}
