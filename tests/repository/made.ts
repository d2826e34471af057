import { type BackupInfo, newBackupInfo, withBackup } from "../../src/repository/info/backup_info.ts";
import type { BackupRecord } from "../../src/repository/info/backup_record.ts";
import { fullOf, typeOf } from "../../src/repository/label.ts";

/** A cluster for made-up info files. */
export const CLUSTER_15 = {
  version: "15",
  systemId: 7710911066132591146n,
  catalogVersion: 202209061,
  controlVersion: 1300,
} as const;

/** Another one. */
export const CLUSTER_14 = {
  version: "14",
  systemId: 7710911066132590000n,
  catalogVersion: 202107181,
  controlVersion: 1300,
} as const;

/** An entry of backup.info with everything that must be there, and what a test wants otherwise. */
export function madeRecord(label: string, other: Partial<BackupRecord> = {}): BackupRecord {
  const type = typeOf(label);
  const full = fullOf(label);
  return {
    label,
    type,
    format: 5,
    writer: "2.59.1",
    size: 1024,
    sizeDelta: 1024,
    repoSize: 512,
    repoSizeDelta: 512,
    references: type === "full" ? [] : [full],
    timeStart: 1700000000,
    timeStop: 1700000100,
    clusterId: 1,
    options: {
      archiveCheck: true,
      archiveCopy: false,
      backupStandby: false,
      checksumPage: true,
      compress: true,
      hardlink: false,
      online: true,
    },
    ...(type === "full" ? {} : { prior: full }),
    ...other,
  };
}

/** backup.info of one cluster with some backups. */
export function madeInfo(records: readonly BackupRecord[]): BackupInfo {
  return records.reduce(withBackup, newBackupInfo(CLUSTER_15));
}

/** Name of a segment of 16 MiB from its number, on timeline 1 unless told otherwise. */
export function wal(number: number, timeline = 1): string {
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, "0");
  return hex(timeline) + hex(Math.floor(number / 256)) + hex(number % 256);
}
