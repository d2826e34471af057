import { fail } from "../../error.ts";
import { emptyObject, type JsonObject, quoteJson } from "../json.ts";
import { type BackupType, isLabel, typeOf } from "../label.ts";
import { encodeRaw, printable } from "../raw_text.ts";
import { formatLsn, parseLsn } from "../wal/lsn.ts";
import { isSegment } from "../wal/segment.ts";
import {
  countOf,
  type Fields,
  flagOf,
  objectFields,
  optionalCount,
  optionalFlag,
  optionalText,
  textOf,
  timeOf,
  wrong,
} from "./fields.ts";

/** What backup.info says of one backup. Sizes in bytes, times in epoch seconds. */
export interface BackupRecord {
  label: string;
  type: BackupType;
  /** Repository format, and the program that made the backup. */
  format: number;
  writer: string;
  annotation?: Record<string, string>;
  /** First and last WAL segment the backup needs; absent for offline backups. */
  walStart?: string;
  walStop?: string;
  lsnStart?: bigint;
  lsnStop?: bigint;
  /** Whether pages with wrong checksums were found; absent where nobody looked (very old backups). */
  pageErrors?: boolean;
  /** Bytes of all files, and of those this backup itself holds. */
  size: number;
  sizeDelta: number;
  /** The same as stored. */
  repoSize: number;
  repoSizeDelta: number;
  /** Bytes of block maps, of a block-incremental backup. */
  repoSizeMap?: number;
  repoSizeMapDelta?: number;
  /** The backup this one was made against. */
  prior?: string;
  /** Labels of all backups this one needs, ascending, without its own. */
  references: string[];
  timeStart: number;
  timeStop: number;
  /** Cluster it is of: an id of `[db:history]`. */
  clusterId: number;
  options: BackupRecordOptions;
}

/** Settings the backup was made with. */
export interface BackupRecordOptions {
  archiveCheck: boolean;
  archiveCopy: boolean;
  backupStandby: boolean;
  checksumPage: boolean;
  compress: boolean;
  hardlink: boolean;
  online: boolean;
}

const OPTION_KEYS = {
  archiveCheck: "option-archive-check",
  archiveCopy: "option-archive-copy",
  backupStandby: "option-backup-standby",
  checksumPage: "option-checksum-page",
  compress: "option-compress",
  hardlink: "option-hardlink",
  online: "option-online",
} as const;

const ANNOTATION_KEY_MAX = 66;

/** The value of a line of `[backup:current]`. A label, reference or WAL name that is none is error 29: they become paths. */
export function readBackupRecord(label: string, fields: Fields): BackupRecord {
  if (!isLabel(label)) fail("format", `'${label}' in ${fields.where} is not a backup label`);
  const type = textOf(fields, "backup-type");
  if (type !== typeOf(label)) wrong(fields, "backup-type", `'${typeOf(label)}'`);
  return {
    label,
    type: typeOf(label),
    format: countOf(fields, "backrest-format"),
    writer: textOf(fields, "backrest-version"),
    size: countOf(fields, "backup-info-size"),
    sizeDelta: countOf(fields, "backup-info-size-delta"),
    repoSize: countOf(fields, "backup-info-repo-size"),
    repoSizeDelta: countOf(fields, "backup-info-repo-size-delta"),
    references: readReferences(fields),
    timeStart: timeOf(fields, "backup-timestamp-start"),
    timeStop: timeOf(fields, "backup-timestamp-stop"),
    clusterId: countOf(fields, "db-id"),
    options: readOptions(fields),
    ...readOptional(fields),
  };
}

/** The value of a line of `[backup:current]`. */
export function backupRecordJson(record: BackupRecord): JsonObject {
  const json: JsonObject = emptyObject();
  const put = (key: string, value: JsonObject[string] | undefined): void => {
    if (value !== undefined) json[key] = value;
  };
  put("backrest-format", record.format);
  put("backrest-version", record.writer);
  put("backup-annotation", hasKeys(record.annotation) ? record.annotation : undefined);
  put("backup-archive-start", record.walStart ?? null);
  put("backup-archive-stop", record.walStop ?? null);
  put("backup-error", record.pageErrors);
  put("backup-info-repo-size", record.repoSize);
  put("backup-info-repo-size-delta", record.repoSizeDelta);
  put("backup-info-repo-size-map", record.repoSizeMap);
  put("backup-info-repo-size-map-delta", record.repoSizeMapDelta);
  put("backup-info-size", record.size);
  put("backup-info-size-delta", record.sizeDelta);
  put("backup-lsn-start", record.lsnStart === undefined ? undefined : formatLsn(record.lsnStart));
  put("backup-lsn-stop", record.lsnStop === undefined ? undefined : formatLsn(record.lsnStop));
  put("backup-prior", record.prior);
  put("backup-reference", record.references.length === 0 ? undefined : record.references);
  put("backup-timestamp-start", record.timeStart);
  put("backup-timestamp-stop", record.timeStop);
  put("backup-type", record.type);
  put("db-id", record.clusterId);
  for (const [name, key] of Object.entries(OPTION_KEYS)) put(key, record.options[name as keyof BackupRecordOptions]);
  return json;
}

/**
 * Pairs of an annotation with `changes` applied: an empty value removes its key. A key that the peer could not read again (longer than 66
 * bytes, or in need of an escape) is error 32.
 */
export function annotated(
  annotation: Readonly<Record<string, string>> | undefined,
  changes: Readonly<Record<string, string>>,
): Record<string, string> {
  for (const key of Object.keys(changes)) checkAnnotationKey(key);
  const pairs = Object.entries({ ...annotation, ...changes }).filter(([, value]) => value !== "");
  return Object.fromEntries(pairs);
}

function checkAnnotationKey(key: string): void {
  const size = encodeRaw(key).length;
  if (size > 0 && size <= ANNOTATION_KEY_MAX && quoteJson(key).length === key.length + 2) return;
  fail("optionInvalidValue", `annotation key '${printable(key)}' is not allowed`, {
    hint: `a key has 1 to ${ANNOTATION_KEY_MAX} bytes and no quotation mark, backslash or control character`,
  });
}

function readOptional(fields: Fields): Partial<BackupRecord> {
  const optional: Partial<BackupRecord> = {};
  const walStart = readWal(fields, "backup-archive-start");
  const walStop = readWal(fields, "backup-archive-stop");
  const lsnStart = optionalText(fields, "backup-lsn-start");
  const lsnStop = optionalText(fields, "backup-lsn-stop");
  const pageErrors = optionalFlag(fields, "backup-error");
  const repoSizeMap = optionalCount(fields, "backup-info-repo-size-map");
  const prior = optionalText(fields, "backup-prior");
  if (walStart !== undefined) optional.walStart = walStart;
  if (walStop !== undefined) optional.walStop = walStop;
  if (lsnStart !== undefined) optional.lsnStart = parseLsn(lsnStart);
  if (lsnStop !== undefined) optional.lsnStop = parseLsn(lsnStop);
  if (pageErrors !== undefined) optional.pageErrors = pageErrors;
  if (repoSizeMap !== undefined) {
    optional.repoSizeMap = repoSizeMap;
    optional.repoSizeMapDelta = countOf(fields, "backup-info-repo-size-map-delta");
  }
  if (prior !== undefined) optional.prior = isLabel(prior) ? prior : wrong(fields, "backup-prior", "a backup label");
  if (fields.values["backup-annotation"] !== undefined) {
    optional.annotation = readAnnotation(objectFields(fields, "backup-annotation"));
  }
  return optional;
}

/** Annotations as they stand in backup.info and in a manifest: text by key. */
export function readAnnotation(fields: Fields): Record<string, string> {
  return Object.fromEntries(Object.keys(fields.values).map((key) => [key, textOf(fields, key)]));
}

function readWal(fields: Fields, key: string): string | undefined {
  const name = optionalText(fields, key);
  return name === undefined || isSegment(name) ? name : wrong(fields, key, "the name of a WAL segment");
}

function readReferences(fields: Fields): string[] {
  const list = fields.values["backup-reference"] ?? [];
  if (!Array.isArray(list)) return wrong(fields, "backup-reference", "a list of labels");
  return list.map((label) =>
    typeof label === "string" && isLabel(label) ? label : wrong(fields, "backup-reference", "a list of labels")
  );
}

function readOptions(fields: Fields): BackupRecordOptions {
  const read = (name: keyof BackupRecordOptions): boolean => flagOf(fields, OPTION_KEYS[name]);
  return {
    archiveCheck: read("archiveCheck"),
    archiveCopy: read("archiveCopy"),
    backupStandby: read("backupStandby"),
    checksumPage: read("checksumPage"),
    compress: read("compress"),
    hardlink: read("hardlink"),
    online: read("online"),
  };
}

function hasKeys<T extends object>(object: T | undefined): object is T {
  return object !== undefined && Object.keys(object).length > 0;
}
