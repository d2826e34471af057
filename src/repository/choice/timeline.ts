import { fail } from "../../error.ts";
import { formatLsn } from "../wal/lsn.ts";
import { historyFileName, latestTimeline, type TimelineFork } from "../wal/timeline_history.ts";

/** The timeline a recovery is to follow: that of the backup, the newest known, or a certain one. */
export type TimelineTarget = "current" | "latest" | number;

/** What the timeline of a recovery follows from. */
export interface TimelineRequest {
  /** Value of option target-timeline. */
  option?: string | undefined;
  /** Recovery type: default, immediate, time, ... */
  type: string;
  /** Major version of the cluster. */
  version: string;
}

/**
 * Whether the timeline can be checked and matters: not for offline backups, and not for types that let PostgreSQL recover without target
 * settings of ours (where target-timeline is not allowed either).
 */
export function needsTimelineCheck({ type, online }: { type: string; online: boolean }): boolean {
  return online && type !== "none" && type !== "preserve";
}

/** The timeline that is wanted. Without an option it is what PostgreSQL itself does by default. A bad option is error 32. */
export function timelineTarget({ option, type, version }: TimelineRequest): TimelineTarget {
  if (option === undefined) return Number(version) < 12 || type === "immediate" ? "current" : "latest";
  if (option === "current" || option === "latest") return option;
  if (/^([1-9]\d{0,9}|0[xX][0-9a-fA-F]{1,8})$/.test(option)) return Number(option);
  fail("optionInvalidValue", `'${option}' is not allowed for 'target-timeline' option`, {
    hint: "value must be 'current', 'latest', or a timeline as a decimal number or as hex with 0x",
  });
}

/**
 * The number of the timeline recovery will follow; undefined where that of the backup is followed and nothing is to be checked. `names` are what
 * lies beside the WAL folders of the archive id.
 */
export function targetTimeline(
  target: TimelineTarget,
  { names, backup }: { names: Iterable<string>; backup: number },
): number | undefined {
  const timeline = target === "latest" ? latestTimeline(names, backup) : target;
  return timeline === "current" || timeline === backup ? undefined : timeline;
}

/** Name of the history file that says whether a timeline can be reached. */
export function neededHistory(timeline: number): string {
  return historyFileName(timeline);
}

/**
 * Error 58 unless the target timeline forked off that of the backup (`timeline`) after the backup began (`lsnStart`). `forks` are
 * those of the target's history file.
 */
export function checkTimelineReachable(
  forks: readonly TimelineFork[],
  backup: { label: string; timeline: number; lsnStart: bigint; target: number },
): void {
  const fork = forks.find(({ timeline }) => timeline === backup.timeline);
  if (fork !== undefined && fork.lsn > backup.lsnStart) return;
  const because = fork === undefined
    ? `timeline ${backup.timeline} of the backup is not in its history`
    : `it forked off at ${formatLsn(fork.lsn)}, but the backup began at ${formatLsn(backup.lsnStart)}`;
  fail(
    "dbMismatch",
    `target timeline ${backup.target} cannot be reached from backup set '${backup.label}': ${because}`,
    {
      hint: "was the target timeline created by accident, for example by promoting a test restore?\n" +
        "use --target-timeline=current, another timeline, or a backup set of the target timeline.",
    },
  );
}
