import { type BackupInfo } from "../info/backup_info.ts";
import type { BackupRecord } from "../info/backup_record.ts";
import { archiveId, checkSameHistory, type ClusterEntry, type ClusterHistory } from "../info/history.ts";
import { compareLabels } from "../label.ts";
import type { Note, RetentionPolicy } from "./policy.ts";

/** Segments to keep, from one to another or to the end. Names compare as text, so lower timelines come first. */
export interface WalRange {
  start: string;
  stop?: string;
}

/** What happens to the WAL of one cluster. */
export type ArchiveRule =
  | { archiveId: string; keep: "all" | "nothing" }
  | {
    archiveId: string;
    keep: "ranges";
    /** Ascending and apart from each other. */
    ranges: WalRange[];
    /** Start of the WAL that is kept without gaps; nothing behind its folder can be expired. */
    from: string;
    /** Whether history files of timelines before that of `from` go. */
    expireHistory: boolean;
  };

/** What WAL is expired by. `present` are the archive ids that have a folder. */
export interface ArchiveExpiryOptions {
  policy: RetentionPolicy;
  archive: ClusterHistory;
  present: readonly string[];
  /** WAL before this segment is not needed. */
  before?: string | undefined;
}

/**
 * Decides per cluster which WAL stays: without gaps from the start of the oldest backup that archive retention covers, and of
 * each older backup the segments that make it consistent. `info` is backup.info after its own expiry. Error 29 where archive.info knows
 * other clusters than backup.info.
 */
export function planArchive(
  info: BackupInfo,
  { policy, archive, present, before }: ArchiveExpiryOptions,
): { rules: ArchiveRule[]; notes: Note[] } {
  const { archive: retention } = policy;
  if (retention === undefined) return { rules: [], notes: [notSetNote(policy)] };
  const counted = info.backups.filter((record) => isCounted(record, policy)).reverse();
  if (before === undefined && (counted.length === 0 || retention > counted.length)) return { rules: [], notes: [] };
  checkSameHistory(archive, info);
  const covered = new Set(counted.slice(0, retention));
  const rules: ArchiveRule[] = [];
  const notes: Note[] = [];
  for (const cluster of archive.entries.filter((entry) => present.includes(archiveId(entry)))) {
    const rule = clusterRule(cluster, { info, counted, covered, before });
    rules.push(rule);
    if (rule.keep === "nothing") notes.push({ level: "info", text: `remove archive path ${rule.archiveId}` });
  }
  return { rules, notes };
}

interface Counted {
  info: BackupInfo;
  /** Backups that archive retention counts, newest first. */
  counted: readonly BackupRecord[];
  /** Those among them whose WAL is kept without gaps. */
  covered: ReadonlySet<BackupRecord>;
  before: string | undefined;
}

function clusterRule(cluster: ClusterEntry, { info, counted, covered, before }: Counted): ArchiveRule {
  const id = archiveId(cluster);
  const own = counted.filter(({ clusterId }) => clusterId === cluster.id);
  const newest = own[0];
  if (newest === undefined) return ruleWithoutBackup(cluster, { info, before });
  const oldestCovered = own.findLast((record) => covered.has(record)) ?? newest;
  const from = oldestCovered.walStart;
  if (from === undefined) return { archiveId: id, keep: "all" };
  const ranges = info.backups
    .filter(({ clusterId, label }) => clusterId === cluster.id && compareLabels(label, oldestCovered.label) <= 0)
    .flatMap((record) => record.walStart === undefined ? [] : [rangeOf(record, oldestCovered)]);
  if (before !== undefined && before < from) ranges.push({ start: before, stop: from });
  return { archiveId: id, keep: "ranges", ranges: merged(ranges), from, expireHistory: true };
}

/** WAL of the current cluster is never expired as a whole: its first backup may be going on. */
function ruleWithoutBackup(
  cluster: ClusterEntry,
  { info, before }: { info: BackupInfo; before: string | undefined },
): ArchiveRule {
  const id = archiveId(cluster);
  if (cluster.id !== info.currentId) return { archiveId: id, keep: "nothing" };
  if (before === undefined) return { archiveId: id, keep: "all" };
  return { archiveId: id, keep: "ranges", ranges: [{ start: before }], from: before, expireHistory: false };
}

function rangeOf(record: BackupRecord, retained: BackupRecord): WalRange {
  const start = record.walStart!;
  return record === retained || record.walStop === undefined ? { start } : { start, stop: record.walStop };
}

/** The same segments as ascending ranges that do not touch each other, so that they can be searched. */
function merged(ranges: readonly WalRange[]): WalRange[] {
  const result: WalRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.start < b.start ? -1 : a.start > b.start ? 1 : 0)) {
    const last = result.at(-1);
    if (last === undefined || (last.stop !== undefined && last.stop < range.start)) result.push({ ...range });
    else if (range.stop === undefined) delete last.stop;
    else if (last.stop !== undefined && last.stop < range.stop) last.stop = range.stop;
  }
  return result;
}

function isCounted({ type }: BackupRecord, { archiveType }: RetentionPolicy): boolean {
  return archiveType === "incr" || type === "full" || type === archiveType;
}

function notSetNote({ fullType }: RetentionPolicy): Note {
  return fullType === "time"
    ? { level: "info", text: "time-based archive retention not met - archive logs will not be expired" }
    : { level: "info", text: "option 'repo-retention-archive' is not set - archive logs will not be expired" };
}
