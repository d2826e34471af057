import type { Invocation } from "../cli/invocation.ts";
import { openRepositories } from "../context.ts";
import type { ArchiveInfo } from "../repository/info/archive_info.ts";
import type { BackupCluster, BackupInfo } from "../repository/info/backup_info.ts";
import { withCluster } from "../repository/info/history.ts";
import { loadArchiveInfo, loadBackupInfo, saveArchiveInfo, saveBackupInfo } from "../repository/repository.ts";
import { clusterOf, refuseDisagreement } from "./stanza/cluster_match.ts";
import { findControl } from "./stanza/control.ts";

/**
 * Tells every repository that the stanza has another cluster now: after pg_upgrade, or a new initdb. Stops at the first
 * repository that fails. A run that was killed between the two info files is completed by the next one.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { log } = invocation;
  const cluster = clusterOf(await findControl(invocation));
  for (const repository of openRepositories(invocation)) {
    const { key, stanza } = repository;
    log.info(`stanza-upgrade for stanza '${stanza}' on repo${key}`);
    const { value: archive } = await loadArchiveInfo(repository);
    const { value: backup } = await loadBackupInfo(repository);
    const plan = planUpgrade({ archive, backup }, cluster);
    if (!plan.archive && !plan.backup) {
      log.info(`stanza '${stanza}' on repo${key} is already up to date`);
      continue;
    }
    // Both, because the run that made one of them new may have been killed before it came to the copy.
    await saveArchiveInfo(repository, plan.archive ?? archive);
    await saveBackupInfo(repository, plan.backup ?? backup);
  }
  return 0;
}

/** Both info files of a stanza. */
interface InfoFiles {
  archive: ArchiveInfo;
  backup: BackupInfo;
}

/**
 * Decides which info files get a new entry: each by itself, so that the half an interrupted run left is completed. A
 * cluster that comes back after another one gets a new id. Error 28 when both would not end up with the same id.
 */
export function planUpgrade({ archive, backup }: InfoFiles, cluster: Omit<BackupCluster, "id">): Partial<InfoFiles> {
  const { systemId, version } = cluster;
  const newArchive: ArchiveInfo = { ...archive, ...withCluster(archive, { systemId, version }) };
  const newBackup: BackupInfo = { ...backup, ...withCluster(backup, cluster) };
  refuseDisagreement(newArchive, newBackup);
  return {
    ...(newArchive.currentId === archive.currentId ? {} : { archive: newArchive }),
    ...(newBackup.currentId === backup.currentId ? {} : { backup: newBackup }),
  };
}
