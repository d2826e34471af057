import { fail } from "../../error.ts";
import { parseLsn } from "./lsn.ts";
import { isHistoryFile, timelineOf } from "./segment.ts";

/** A line of a timeline history file: the timeline that ended, and where the next one began. */
export interface TimelineFork {
  timeline: number;
  /** LSN at which the following timeline forked off. */
  lsn: bigint;
}

/** Name of the history file of a timeline. */
export function historyFileName(timeline: number): string {
  return timeline.toString(16).toUpperCase().padStart(8, "0") + ".history";
}

/** The forks a history file lists, oldest first. Format: PostgreSQL's timeline.c; lines that begin with # are comments. */
export function parseTimelineHistory(text: string, options: { file: string }): TimelineFork[] {
  const forks: TimelineFork[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const [, timeline, lsn] = /^\s*(\d{1,10})\s+([0-9A-Fa-f]+\/[0-9A-Fa-f]+)(?:\s|$)/.exec(line) ?? [];
    if (timeline === undefined || lsn === undefined) {
      fail("format", `invalid timeline '${line}' at line ${index + 1} of '${options.file}'`, { file: options.file });
    }
    forks.push({ timeline: Number(timeline), lsn: parseLsn(lsn) });
  }
  return forks;
}

/** The newest timeline some history files name, at least `atLeast`. Other names are passed over. */
export function latestTimeline(names: Iterable<string>, atLeast: number): number {
  let latest = atLeast;
  for (const name of names) {
    if (isHistoryFile(name)) latest = Math.max(latest, timelineOf(name));
  }
  return latest;
}
