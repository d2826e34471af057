import type { BackupType } from "../label.ts";

/** How long a repository keeps things. Absent numbers: for ever. */
export interface RetentionPolicy {
  /** Full backups to keep: their number, or days. */
  full?: number;
  fullType: "count" | "time";
  /** Full and differential backups to keep, counted together. */
  diff?: number;
  /** Backups of `archiveType` whose WAL is kept without gaps. */
  archive?: number;
  archiveType: BackupType;
  /** Days manifests stay in the history; 0 keeps those of current backups only. */
  history?: number;
}

/** What one run of expire is asked for beside its policy. */
export interface ExpireRequest {
  /** Label of a backup to expire, whatever the policy says. */
  set?: string;
  /** Expire the oldest full backup that can be spared. */
  oldest?: boolean;
  /** WAL before this segment is not needed, however long it could be kept. */
  archiveExpireBefore?: string;
}

/** A line of the log about a decision. */
export interface Note {
  level: "warn" | "info" | "detail";
  text: string;
}

/**
 * The policy with the archive retention that follows from the rest where none is set: that of the counted backups of its type.
 * With time based retention it is known only when fulls were expired; for incr there is none.
 */
export function withArchiveDefault(policy: RetentionPolicy): RetentionPolicy {
  if (policy.archive !== undefined) return policy;
  const counted = {
    full: policy.fullType === "count" ? policy.full : undefined,
    diff: policy.diff,
    incr: undefined,
  }[policy.archiveType];
  return counted === undefined ? policy : { ...policy, archive: counted };
}
