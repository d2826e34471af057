import { formatJson, type JsonValue } from "../json.ts";
import { compareRaw } from "../raw_text.ts";
import type { InfoEntry } from "../info/container_write.ts";
import { formatLsn } from "../wal/lsn.ts";
import type { BackupTarget, ManifestBackup, ManifestCluster, ManifestHeader, ManifestOptions } from "./header.ts";

/** The sections of a manifest before its files, in their order. */
export function headerSections(header: ManifestHeader): { name: string; entries: InfoEntry[] }[] {
  return [
    { name: "backup", entries: lines(backupValues(header.backup)) },
    { name: "backup:db", entries: lines(clusterValues(header.cluster)) },
    { name: "backup:option", entries: lines(optionValues(header.options)) },
    { name: "backup:target", entries: lines(Object.fromEntries(header.targets.map((t) => [t.name, targetValue(t)]))) },
    { name: "cipher", entries: lines({ "cipher-pass": header.cipherPass }) },
    { name: "db", entries: lines(databaseValues(header)) },
    { name: "metadata", entries: lines({ annotation: annotationValue(header) }) },
  ];
}

/** Lines of a section, ascending by key; a value that is undefined has none. */
export function lines(values: Record<string, JsonValue | undefined>): InfoEntry[] {
  const entries: InfoEntry[] = [];
  for (const key of Object.keys(values).sort(compareRaw)) {
    const value = values[key];
    if (value !== undefined) entries.push({ key, value: formatJson(value) });
  }
  return entries;
}

function backupValues(backup: ManifestBackup): Record<string, JsonValue | undefined> {
  return {
    "backup-archive-start": backup.walStart,
    "backup-archive-stop": backup.walStop,
    "backup-block-incr": backup.blockIncr || undefined,
    "backup-bundle": backup.bundle || undefined,
    "backup-bundle-raw": backup.bundleRaw || undefined,
    "backup-label": backup.label,
    "backup-lsn-start": backup.lsnStart === undefined ? undefined : formatLsn(backup.lsnStart),
    "backup-lsn-stop": backup.lsnStop === undefined ? undefined : formatLsn(backup.lsnStop),
    "backup-prior": backup.prior,
    "backup-reference": backup.references.join(","),
    "backup-timestamp-copy-start": backup.timeCopyStart,
    "backup-timestamp-start": backup.timeStart,
    "backup-timestamp-stop": backup.timeStop,
    "backup-type": backup.type,
  };
}

function clusterValues(cluster: ManifestCluster): Record<string, JsonValue> {
  return {
    "db-catalog-version": cluster.catalogVersion,
    "db-control-version": cluster.controlVersion,
    "db-id": cluster.id,
    "db-system-id": cluster.systemId,
    "db-version": cluster.version,
  };
}

function optionValues(options: ManifestOptions): Record<string, JsonValue | undefined> {
  const level = (value: number | undefined): number | undefined => value === undefined ? undefined : value >>> 0;
  return {
    "option-archive-check": options.archiveCheck,
    "option-archive-copy": options.archiveCopy,
    "option-backup-standby": options.backupStandby,
    "option-buffer-size": options.bufferSize,
    "option-checksum-page": options.checksumPage,
    "option-compress": options.compressType !== "none",
    "option-compress-level": level(options.compressLevel),
    "option-compress-level-network": level(options.compressLevelNetwork),
    "option-compress-type": options.compressType,
    "option-delta": options.delta,
    "option-hardlink": options.hardlink,
    "option-online": options.online,
    "option-process-max": options.processMax,
  };
}

function targetValue({ path, type, file, tablespace }: BackupTarget): JsonValue {
  return {
    ...(file === undefined ? {} : { file }),
    path,
    ...(tablespace === undefined
      ? {}
      : { "tablespace-id": String(tablespace.oid), "tablespace-name": tablespace.name }),
    type,
  };
}

function databaseValues(header: ManifestHeader): Record<string, JsonValue> {
  const databases = header.databases ?? [];
  return Object.fromEntries(databases.map(({ name, oid, lastSystemOid }) => [
    name,
    { "db-id": oid, "db-last-system-id": lastSystemOid },
  ]));
}

function annotationValue({ annotation }: ManifestHeader): JsonValue | undefined {
  const pairs = Object.entries(annotation ?? {}).filter(([, value]) => value !== "");
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}
