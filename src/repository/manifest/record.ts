import type { BackupRecord } from "../info/backup_record.ts";
import { REPOSITORY_FORMAT } from "../info/container_read.ts";
import { WRITER } from "../info/container_write.ts";
import { compareLabels } from "../label.ts";
import type { FileTable } from "./file_table.ts";
import type { Manifest } from "./manifest.ts";

/** Sums over the files of a manifest, in bytes. `Delta` counts what this backup holds itself. */
export interface ManifestTotals {
  files: number;
  size: number;
  sizeDelta: number;
  repoSize: number;
  repoSizeDelta: number;
  mapSize: number;
  mapSizeDelta: number;
  /** Whether page checksums of any file were wrong. */
  pageErrors: boolean;
}

/** Adds up the files; the stored size of a file is its plain size where the manifest says nothing else. */
export function totalsOf(files: FileTable): ManifestTotals {
  const totals = {
    files: 0,
    size: 0,
    sizeDelta: 0,
    repoSize: 0,
    repoSizeDelta: 0,
    mapSize: 0,
    mapSizeDelta: 0,
    pageErrors: false,
  };
  for (const row of files.rows()) {
    const { size, repoSize, reference, block, pageChecksum } = files.stored(row);
    const stored = repoSize || size;
    const mapSize = block?.mapSize ?? 0;
    totals.files++;
    totals.size += size;
    totals.repoSize += stored;
    totals.mapSize += mapSize;
    if (reference === undefined) {
      totals.sizeDelta += size;
      totals.repoSizeDelta += stored;
      totals.mapSizeDelta += mapSize;
    }
    if (pageChecksum === false) totals.pageErrors = true;
  }
  return totals;
}

/** The entry of a finished backup for backup.info. `writer` is who made it, by default we. */
export function recordOf(manifest: Manifest, options: { writer?: string } = {}): BackupRecord {
  const { backup, cluster, annotation } = manifest;
  const totals = totalsOf(manifest.files);
  return {
    label: backup.label,
    type: backup.type,
    format: REPOSITORY_FORMAT,
    writer: options.writer ?? WRITER,
    pageErrors: totals.pageErrors,
    size: totals.size,
    sizeDelta: totals.sizeDelta,
    repoSize: totals.repoSize,
    repoSizeDelta: totals.repoSizeDelta,
    references: backup.type === "full"
      ? []
      : backup.references.filter((label) => label !== backup.label).sort(compareLabels),
    timeStart: backup.timeStart,
    timeStop: backup.timeStop,
    clusterId: cluster.id,
    options: recordOptions(manifest),
    ...(backup.blockIncr ? { repoSizeMap: totals.mapSize, repoSizeMapDelta: totals.mapSizeDelta } : {}),
    ...(annotation === undefined ? {} : { annotation }),
    ...(backup.prior === undefined ? {} : { prior: backup.prior }),
    ...(backup.walStart === undefined ? {} : { walStart: backup.walStart }),
    ...(backup.walStop === undefined ? {} : { walStop: backup.walStop }),
    ...(backup.lsnStart === undefined ? {} : { lsnStart: backup.lsnStart }),
    ...(backup.lsnStop === undefined ? {} : { lsnStop: backup.lsnStop }),
  };
}

function recordOptions({ options }: Manifest): BackupRecord["options"] {
  return {
    archiveCheck: options.archiveCheck,
    archiveCopy: options.archiveCopy,
    backupStandby: options.backupStandby ?? false,
    checksumPage: options.checksumPage,
    compress: options.compressType !== "none",
    hardlink: options.hardlink,
    online: options.online,
  };
}
