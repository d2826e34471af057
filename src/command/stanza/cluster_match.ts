import { fail } from "../../error.ts";
import type { ControlData } from "../../postgres/control.ts";
import type { BackupCluster } from "../../repository/info/backup_info.ts";
import {
  type ClusterHistory,
  type ClusterIdentity,
  currentCluster,
  isSameCluster,
} from "../../repository/info/history.ts";
import type { Repository } from "../../repository/repository.ts";

/** Error 28 unless an info file is of this cluster. The first line is the peer's. */
export function refuseForeignCluster(
  { key, stanza }: Repository,
  info: ClusterHistory,
  cluster: ClusterIdentity,
): void {
  const current = currentCluster(info);
  if (isSameCluster(current, cluster)) return;
  fail(
    "fileInvalid",
    "backup and archive info files exist but do not match the database\n" +
      `repo${key}: version = ${current.version}, system-id = ${current.systemId}\n` +
      `cluster: version = ${cluster.version}, system-id = ${cluster.systemId}`,
    {
      hint: "is this the correct stanza?\nafter an upgrade of PostgreSQL or a new initdb run: " +
        `pg_backrest --stanza=${stanza} stanza-upgrade`,
    },
  );
}

/** Error 28 unless archive.info and backup.info have the same cluster under the same id. The wording is the peer's. */
export function refuseDisagreement(archive: ClusterHistory, backup: ClusterHistory): void {
  const [left, right] = [currentCluster(archive), currentCluster(backup)];
  if (left.id === right.id && isSameCluster(left, right)) return;
  const text = ({ id, version, systemId }: typeof left) => `id = ${id}, version = ${version}, system-id = ${systemId}`;
  fail(
    "fileInvalid",
    `backup info file and archive info file do not match\narchive: ${text(left)}\nbackup : ${text(right)}`,
    { hint: "this may be a symptom of repository corruption: has one of the two been restored from elsewhere?" },
  );
}

/** What the info files keep of a cluster. */
export function clusterOf(control: ControlData): Omit<BackupCluster, "id"> {
  const { systemId, version, catalogVersion, controlVersion } = control;
  return { systemId, version, catalogVersion, controlVersion };
}
