import { fail } from "../../error.ts";
import { type BackupInfo, findBackup, withDependents, withoutBackups } from "../info/backup_info.ts";
import type { BackupRecord } from "../info/backup_record.ts";
import type { ExpireRequest, Note, RetentionPolicy } from "./policy.ts";

const DAY = 86400;

/** Which backups go, and what follows from it. */
export interface BackupExpiry {
  /** Labels to remove, in the order to do it: dependents before what they depend on. */
  expired: { label: string; because: string }[];
  /** backup.info without them. */
  info: BackupInfo;
  /** The policy the WAL of this run is expired with. */
  policy: RetentionPolicy;
  /** False when the requested set is not of this repository. */
  setFound: boolean;
  /** True when the newest backup goes, so that `latest` has to point to another one. */
  latestExpired: boolean;
  notes: Note[];
}

/** What backups are expired by. `now` in epoch seconds. */
export interface ExpiryOptions {
  policy: RetentionPolicy;
  request: ExpireRequest;
  now: number;
}

/**
 * Decides which backups a run of expire removes. Error 75 for a requested set that is the last one its cluster could be restored from.
 */
export function planBackups(info: BackupInfo, { policy, request, now }: ExpiryOptions): BackupExpiry {
  const expiry = new Expiry(info);
  const effective = request.oldest ? withoutOldest(policy, expiry) : policy;
  let archive = effective.archive;
  if (request.set !== undefined) {
    if (findBackup(info, request.set) !== undefined) expireSet(request.set, expiry);
  } else {
    const keptByTime = effective.fullType === "time"
      ? expireByTime(expiry, { days: effective.full, now })
      : expireByCount(expiry, effective.full);
    if (effective.archiveType === "full") archive ??= keptByTime;
    expireDiffs(expiry, effective.diff);
  }
  return {
    expired: expiry.expired,
    info: expiry.info,
    policy: archive === undefined ? effective : { ...effective, archive },
    setFound: request.set === undefined || findBackup(info, request.set) !== undefined,
    latestExpired: info.backups.at(-1)?.label !== expiry.info.backups.at(-1)?.label,
    notes: expiry.notes,
  };
}

/** backup.info in the course of a run. */
class Expiry {
  info: BackupInfo;
  readonly expired: { label: string; because: string }[] = [];
  readonly notes: Note[] = [];

  constructor(info: BackupInfo) {
    this.info = info;
  }

  /** Full backups still there, oldest first. */
  get fulls(): BackupRecord[] {
    return this.info.backups.filter(({ type }) => type === "full");
  }

  /** Takes out a backup and all that depend on it. */
  expire(label: string, rule: string): void {
    const labels = withDependents(this.info, label);
    for (const gone of labels.toReversed()) this.expired.push({ label: gone, because: rule });
    this.info = withoutBackups(this.info, labels);
    this.note("info", `expire ${rule} backup ${labels.length > 1 ? "set " : ""}${labels.join(", ")}`);
  }

  note(level: Note["level"], text: string): void {
    this.notes.push({ level, text });
  }
}

/** The policy of a run that is to expire the oldest full backup: one full less than there are, and their WAL. */
function withoutOldest(policy: RetentionPolicy, expiry: Expiry): RetentionPolicy {
  const spared = expiry.fulls.length - 1;
  if (spared < 1) {
    expiry.note("warn", "no full backup can be expired as the oldest one: there must be at least two");
    return policy;
  }
  const overrides = policy.fullType === "time";
  expiry.note(
    overrides ? "info" : "detail",
    `expire oldest: keep ${spared} full backup(s) and their WAL for this run${overrides ? ", whatever their age" : ""}`,
  );
  return { ...policy, full: spared, fullType: "count", archive: spared, archiveType: "full" };
}

function expireSet(label: string, expiry: Expiry): void {
  const newest = expiry.fulls.at(-1);
  const before = expiry.fulls.at(-2);
  if (newest?.label === label && (before === undefined || before.clusterId !== newest.clusterId)) {
    fail(
      "backupSetInvalid",
      `full backup ${label} cannot be expired until another full backup has been created on this repo`,
    );
  }
  const latest = expiry.info.backups.at(-1)!.label;
  expiry.expire(label, "adhoc");
  if (findBackup(expiry.info, latest) === undefined) {
    expiry.note(
      "warn",
      `expiring latest backup ${latest} - the ability to perform point-in-time-recovery (PITR) may be affected\n` +
        "HINT: non-default settings for 'repo-retention-archive'/'repo-retention-archive-type' (even in prior expires) " +
        "can cause gaps in the WAL.",
    );
  }
}

function expireByCount(expiry: Expiry, keep: number | undefined): undefined {
  if (keep === undefined) return;
  const fulls = expiry.fulls;
  for (const { label } of fulls.slice(0, Math.max(0, fulls.length - keep))) expiry.expire(label, "full");
}

/**
 * Expires fulls older than the newest one that is old enough by itself: that one is needed to go back the whole time. Returns how
 * many fulls stay, or undefined where all do: then the peer leaves the WAL alone as well.
 */
function expireByTime(expiry: Expiry, { days, now }: { days: number | undefined; now: number }): number | undefined {
  if (days === undefined) return undefined;
  const fulls = expiry.fulls;
  const oldestNeeded = fulls.findLastIndex(({ timeStop }) => timeStop < now - days * DAY);
  if (oldestNeeded <= 0) return undefined;
  for (const { label } of fulls.slice(0, oldestNeeded)) expiry.expire(label, "time-based");
  return fulls.length - oldestNeeded;
}

/** Fulls count, but only diffs go. */
function expireDiffs(expiry: Expiry, keep: number | undefined): void {
  if (keep === undefined) return;
  const counted = expiry.info.backups.filter(({ type }) => type !== "incr");
  for (const { label, type } of counted.slice(0, Math.max(0, counted.length - keep))) {
    if (type === "diff") expiry.expire(label, "diff");
  }
}
