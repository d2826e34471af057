import { formatJson, type JsonObject, type JsonValue } from "../json.ts";
import { formatLsn } from "../wal/lsn.ts";
import { type SegmentRun, timelineOf } from "../wal/segment.ts";
import type { BackupDetails } from "./details.ts";
import type { LockState, ReportedBackup, StanzaReport, WalBounds } from "./stanza.ts";

/** How much `info` tells. */
export type DetailLevel = "full" | "progress";

/** What `info` shows. */
export interface ReportOptions {
  level: DetailLevel;
  /** Whether the ranges of the archive are shown, which the peer does not know. */
  ranges?: boolean;
}

/** All stanzas as `info --output=json` prints them: one array without blanks or a line feed at the end. */
export function reportJson(reports: readonly StanzaReport[], options: ReportOptions): string {
  return formatJson(reports.map((report) => stanzaJson(report, options)));
}

function stanzaJson(report: StanzaReport, { level, ranges = false }: ReportOptions): JsonObject {
  const { name } = report;
  const status = {
    ...report.status,
    lock: { backup: backupLockJson(report), restore: lockJson(report.restoreLock) },
  };
  if (level === "progress") return { name, status };
  return {
    name,
    status,
    cipher: report.cipher,
    archive: report.archives.map((archive) => ({ ...archiveJson(archive), ...(ranges ? rangesJson(archive) : {}) })),
    backup: report.backups.map(backupJson),
    db: report.databases.map(({ id, repositoryKey, systemId, version }) => ({
      id,
      "repo-key": repositoryKey,
      "system-id": systemId,
      version,
    })),
    repo: report.repositories.map((repository) => ({
      key: repository.key,
      cipher: repository.cipher,
      status: { ...repository.status },
    })),
  };
}

function lockJson({ held, progress }: LockState): JsonObject {
  return progress === undefined ? { held } : { held, size: progress.size, "size-cplt": progress.sizeComplete };
}

function backupLockJson({ backupLock, repositories }: StanzaReport): JsonObject {
  if (backupLock.progress === undefined) return lockJson(backupLock);
  const repo = repositories.flatMap(({ key, backupLock: { held, progress } }): JsonValue[] =>
    held && progress !== undefined ? [{ key, size: progress.size, "size-cplt": progress.sizeComplete }] : []
  );
  return { ...lockJson(backupLock), repo };
}

function archiveJson(
  { archiveId, min, max, clusterId, repositoryKey }: StanzaReport["archives"][number] & WalBounds,
): JsonObject {
  return {
    id: archiveId,
    min: min ?? null,
    max: max ?? null,
    database: { id: clusterId, "repo-key": repositoryKey },
  };
}

function rangesJson({ ranges = [], missing = [] }: WalBounds): JsonObject {
  const run = ({ first, last, count }: SegmentRun) => ({ min: first, max: last, count, timeline: timelineOf(first) });
  return {
    range: ranges.map(run),
    missing: missing.map((hole) => ({ ...run(hole), backup: hole.neededBy.length === 0 ? null : hole.neededBy })),
  };
}

function backupJson({ repositoryKey, record, details }: ReportedBackup): JsonObject {
  const { lsnStart, lsnStop, annotation, pageErrors } = record;
  return {
    archive: { start: record.walStart ?? null, stop: record.walStop ?? null },
    backrest: { format: record.format, version: record.writer },
    database: { id: record.clusterId, "repo-key": repositoryKey },
    info: { size: record.size, delta: record.sizeDelta, repository: repositoryJson(record) },
    label: record.label,
    prior: record.prior ?? null,
    reference: record.references.length === 0 ? null : record.references,
    timestamp: { start: record.timeStart, stop: record.timeStop },
    type: record.type,
    ...(annotation === undefined || Object.keys(annotation).length === 0 ? {} : { annotation }),
    ...(pageErrors === undefined ? {} : { error: pageErrors }),
    ...(lsnStart === undefined || lsnStop === undefined
      ? {}
      : { lsn: { start: formatLsn(lsnStart), stop: formatLsn(lsnStop) } }),
    ...(details === undefined ? {} : detailsJson(details)),
  };
}

/** Of block-incremental backups the size of the whole set is not known. */
function repositoryJson(
  { repoSize, repoSizeDelta, repoSizeMap, repoSizeMapDelta = 0 }: ReportedBackup["record"],
): JsonObject {
  if (repoSizeMap === undefined) return { delta: repoSizeDelta, size: repoSize };
  return { delta: repoSizeDelta, "delta-map": repoSizeMapDelta, "size-map": repoSizeMap };
}

function detailsJson({ databases, links, tablespaces, errorFiles }: BackupDetails): JsonObject {
  const listed = <T extends JsonObject>(items: readonly T[]): JsonValue =>
    items.length === 0 ? null : items.map((item) => ({ ...item }));
  return {
    "database-ref": databases.map((database) => ({ ...database })),
    link: listed(links),
    tablespace: listed(tablespaces),
    ...(errorFiles.length === 0 ? {} : { "error-list": errorFiles }),
  };
}
