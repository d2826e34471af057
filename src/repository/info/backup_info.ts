import type { Chunk } from "../../storage/storage.ts";
import { formatJson, type JsonValue } from "../json.ts";
import { compareLabels } from "../label.ts";
import { printable } from "../raw_text.ts";
import { cipherEntries } from "./archive_info.ts";
import { type BackupRecord, backupRecordJson, readBackupRecord } from "./backup_record.ts";
import { type Pieces, readInfo } from "./container_read.ts";
import { infoBytes, type InfoSections } from "./container_write.ts";
import { countOf, objectFields, optionalText, sectionFields, systemIdOf, textOf } from "./fields.ts";
import { type ClusterEntry, type ClusterHistory, currentCluster, readHistory } from "./history.ts";
import { smallHash } from "./text_hash.ts";

/** A cluster as backup.info knows it. */
export interface BackupCluster extends ClusterEntry {
  catalogVersion: number;
  /** A constant of the major version, not read from the cluster. */
  controlVersion: number;
}

/** backup.info: the backups of a stanza, its clusters, and the passphrase of the manifests. */
export interface BackupInfo extends ClusterHistory<BackupCluster> {
  /** Ascending by label. */
  backups: BackupRecord[];
  /** Passphrase of the manifests, where the repository is encrypted. */
  cipherPass?: string;
}

/** A new backup.info for the first cluster of a stanza. */
export function newBackupInfo(cluster: Omit<BackupCluster, "id">, options: { cipherPass?: string } = {}): BackupInfo {
  return { entries: [{ ...cluster, id: 1 }], currentId: 1, backups: [], ...options };
}

/** Reads backup.info (decrypted). Error 29 where it is malformed, 26 where its checksum is wrong. */
export async function readBackupInfo(pieces: Pieces, { file }: { file: string }): Promise<BackupInfo> {
  const { sections } = await readInfo(pieces, { file, hash: smallHash() });
  const history = readHistory(sections, {
    file,
    readEntry: (id, fields) => ({
      id,
      systemId: systemIdOf(fields, "db-system-id"),
      version: textOf(fields, "db-version"),
      catalogVersion: countOf(fields, "db-catalog-version"),
      controlVersion: countOf(fields, "db-control-version"),
    }),
  });
  const current = sectionFields(sections, { section: "backup:current", file, optional: true });
  const backups = Object.keys(current.values)
    .map((label) => readBackupRecord(printable(label), objectFields(current, label)))
    .sort((a, b) => compareLabels(a.label, b.label));
  const cipherPass = optionalText(sectionFields(sections, { section: "cipher", file, optional: true }), "cipher-pass");
  return { ...history, backups, ...(cipherPass === undefined ? {} : { cipherPass }) };
}

/** backup.info as bytes, before encryption. Pass `writer` to keep the version a file came with. */
export function formatBackupInfo(info: BackupInfo, options: { writer?: string } = {}): Promise<Chunk> {
  return infoBytes(backupSections(info), { hash: smallHash(), ...options });
}

/** A backup by its label. */
export function findBackup(info: BackupInfo, label: string): BackupRecord | undefined {
  return info.backups.find((record) => record.label === label);
}

/** The info with a backup added, or replaced where the label is known. */
export function withBackup(info: BackupInfo, record: BackupRecord): BackupInfo {
  const others = info.backups.filter(({ label }) => label !== record.label);
  return { ...info, backups: [...others, record].sort((a, b) => compareLabels(a.label, b.label)) };
}

/** The info without some backups. */
export function withoutBackups(info: BackupInfo, labels: Iterable<string>): BackupInfo {
  const gone = new Set(labels);
  return { ...info, backups: info.backups.filter(({ label }) => !gone.has(label)) };
}

/** A backup and all that cannot be restored without it, ascending by label. */
export function withDependents(info: BackupInfo, label: string): string[] {
  const chain = new Set([label]);
  for (const record of info.backups) {
    if (record.prior !== undefined && chain.has(record.prior)) chain.add(record.label);
    else if (record.references.includes(label)) chain.add(record.label);
  }
  return [...chain].sort(compareLabels);
}

function backupSections(info: BackupInfo): InfoSections {
  const current = currentCluster(info);
  const db = { "db-id": current.id, ...clusterJson(current) };
  return [
    {
      name: "backup:current",
      entries: info.backups.map((record) => ({ key: record.label, value: formatJson(backupRecordJson(record)) })),
    },
    { name: "cipher", entries: cipherEntries(info.cipherPass) },
    {
      name: "db",
      entries: Object.entries<JsonValue>(db).sort().map(([key, value]) => ({ key, value: formatJson(value) })),
    },
    {
      name: "db:history",
      entries: info.entries.map((entry) => ({ key: String(entry.id), value: formatJson(clusterJson(entry)) })),
    },
  ];
}

function clusterJson(cluster: BackupCluster): Record<string, JsonValue> {
  return {
    "db-catalog-version": cluster.catalogVersion,
    "db-control-version": cluster.controlVersion,
    "db-system-id": cluster.systemId,
    "db-version": cluster.version,
  };
}
