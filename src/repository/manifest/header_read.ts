import type { CompressType } from "../../stream/stage.ts";
import { readAnnotation } from "../info/backup_record.ts";
import {
  countOf,
  type Fields,
  objectFields,
  optionalCount,
  optionalFlag,
  optionalText,
  sectionFields,
  systemIdOf,
  textOf,
  wrong,
} from "../info/fields.ts";
import type { JsonObject } from "../json.ts";
import { isLabel, typeOf } from "../label.ts";
import { COMPRESS_EXTENSIONS } from "../layout.ts";
import { encodeRaw } from "../raw_text.ts";
import { parseLsn } from "../wal/lsn.ts";
import { isSegment } from "../wal/segment.ts";
import { checkFileName } from "./file_name.ts";
import type { BackupTarget, ManifestBackup, ManifestCluster, ManifestHeader, ManifestOptions } from "./header.ts";

/**
 * The header from the sections of a manifest. What peers can restore without may be missing (section 3.10 of the repository
 * notes). Labels, WAL names and target names that are none are error 29, for they become paths.
 */
export function readHeader(sections: ReadonlyMap<string, JsonObject>, { file }: { file: string }): ManifestHeader {
  const section = (name: string, optional = false): Fields =>
    sectionFields(sections, { section: name, file, optional });
  const cipherPass = optionalText(section("cipher", true), "cipher-pass");
  const metadata = section("metadata", true);
  const databases = section("db", true);
  return {
    backup: readBackup(section("backup")),
    cluster: readCluster(section("backup:db")),
    options: readOptions(section("backup:option")),
    targets: readTargets(section("backup:target")),
    ...(cipherPass === undefined ? {} : { cipherPass }),
    ...(sections.has("db") ? { databases: readDatabases(databases) } : {}),
    ...(metadata.values["annotation"] === undefined
      ? {}
      : { annotation: readAnnotation(objectFields(metadata, "annotation")) }),
  };
}

function readBackup(fields: Fields): ManifestBackup {
  const label = labelOf(fields, "backup-label");
  const backup: ManifestBackup = {
    label,
    type: typeOf(label),
    references: readReferences(fields),
    timeStart: optionalCount(fields, "backup-timestamp-start") ?? 0,
    timeCopyStart: optionalCount(fields, "backup-timestamp-copy-start") ?? 0,
    timeStop: optionalCount(fields, "backup-timestamp-stop") ?? 0,
    bundle: optionalFlag(fields, "backup-bundle") ?? false,
    bundleRaw: optionalFlag(fields, "backup-bundle-raw") ?? false,
    blockIncr: optionalFlag(fields, "backup-block-incr") ?? false,
  };
  if (textOf(fields, "backup-type") !== backup.type) wrong(fields, "backup-type", `'${backup.type}'`);
  if (fields.values["backup-prior"] !== undefined) backup.prior = labelOf(fields, "backup-prior");
  const walStart = walOf(fields, "backup-archive-start");
  const walStop = walOf(fields, "backup-archive-stop");
  const lsnStart = optionalText(fields, "backup-lsn-start");
  const lsnStop = optionalText(fields, "backup-lsn-stop");
  if (walStart !== undefined) backup.walStart = walStart;
  if (walStop !== undefined) backup.walStop = walStop;
  if (lsnStart !== undefined) backup.lsnStart = parseLsn(lsnStart);
  if (lsnStop !== undefined) backup.lsnStop = parseLsn(lsnStop);
  return backup;
}

/** Empty where the list is missing (manifests before 2.42): it is then made of the files' references. */
function readReferences(fields: Fields): string[] {
  const list = optionalText(fields, "backup-reference")?.split(",") ?? [];
  return list.every(isLabel) ? list : wrong(fields, "backup-reference", "labels separated by commas");
}

function readCluster(fields: Fields): ManifestCluster {
  return {
    id: countOf(fields, "db-id"),
    systemId: systemIdOf(fields, "db-system-id"),
    version: textOf(fields, "db-version"),
    catalogVersion: optionalCount(fields, "db-catalog-version") ?? 0,
    controlVersion: optionalCount(fields, "db-control-version") ?? 0,
  };
}

function readOptions(fields: Fields): ManifestOptions {
  const flag = (key: string): boolean => optionalFlag(fields, key) ?? false;
  const options: ManifestOptions = {
    archiveCheck: flag("option-archive-check"),
    archiveCopy: flag("option-archive-copy"),
    checksumPage: flag("option-checksum-page"),
    compressType: readCompressType(fields),
    delta: flag("option-delta"),
    hardlink: flag("option-hardlink"),
    online: flag("option-online"),
  };
  const backupStandby = optionalFlag(fields, "option-backup-standby");
  const counts = {
    bufferSize: optionalCount(fields, "option-buffer-size"),
    compressLevel: optionalLevel(fields, "option-compress-level"),
    compressLevelNetwork: optionalLevel(fields, "option-compress-level-network"),
    processMax: optionalCount(fields, "option-process-max"),
  };
  if (backupStandby !== undefined) options.backupStandby = backupStandby;
  for (const [key, value] of Object.entries(counts)) {
    if (value !== undefined) options[key as keyof typeof counts] = value;
  }
  return options;
}

/** Before 2.23 only `option-compress` told whether files are compressed, and that was gz. */
function readCompressType(fields: Fields): CompressType {
  const type = optionalText(fields, "option-compress-type");
  if (type === undefined) return optionalFlag(fields, "option-compress") ?? false ? "gz" : "none";
  const known = Object.keys(COMPRESS_EXTENSIONS);
  return known.includes(type)
    ? type as CompressType
    : wrong(fields, "option-compress-type", `one of ${known.join(", ")}`);
}

/** A level is stored as 32 bits without sign, so that -1 stands as 4294967295. */
function optionalLevel(fields: Fields, key: string): number | undefined {
  const level = optionalCount(fields, key);
  return level === undefined ? undefined : level | 0;
}

function readTargets(fields: Fields): BackupTarget[] {
  return Object.keys(fields.values).map((name) => {
    checkFileName(encodeRaw(name));
    const target = objectFields(fields, name);
    const type = textOf(target, "type");
    if (type !== "path" && type !== "link") return wrong(target, "type", "'path' or 'link'");
    const file = baseNameOf(target);
    const oid = optionalText(target, "tablespace-id");
    if (oid !== undefined && !/^\d{1,10}$/.test(oid)) wrong(target, "tablespace-id", "an oid");
    return {
      name,
      type,
      path: textOf(target, "path"),
      ...(file === undefined ? {} : { file }),
      ...(oid === undefined ? {} : { tablespace: { oid: Number(oid), name: textOf(target, "tablespace-name") } }),
    };
  });
}

function readDatabases(fields: Fields): ManifestHeader["databases"] & object {
  return Object.keys(fields.values).map((name) => {
    const database = objectFields(fields, name);
    return { name, oid: countOf(database, "db-id"), lastSystemOid: countOf(database, "db-last-system-id") };
  });
}

function labelOf(fields: Fields, key: string): string {
  const label = textOf(fields, key);
  return isLabel(label) ? label : wrong(fields, key, "a backup label");
}

function walOf(fields: Fields, key: string): string | undefined {
  const name = optionalText(fields, key);
  return name === undefined || isSegment(name) ? name : wrong(fields, key, "the name of a WAL segment");
}

/** A link to a file names the file by its base name only. */
function baseNameOf(fields: Fields): string | undefined {
  const name = optionalText(fields, "file");
  const leadsElsewhere = name === "" || name === "." || name === ".." || name?.includes("/");
  return leadsElsewhere ? wrong(fields, "file", "the name of a file") : name;
}
