import type { ErrorKind } from "../../error.ts";
import type { SegmentRun } from "../../repository/wal/segment.ts";
import type { Outcome } from "./outcomes.ts";
import type { StoredProblem } from "./stored_check.ts";

/** Files that were looked at, and how many of them were wrong in which way. */
export interface Tally {
  checked: number;
  valid: number;
  problems: Record<StoredProblem, number>;
}

/** What was found of the WAL of one archive id. */
export interface ArchiveResult extends Tally {
  id: string;
  /** Segments that are there more than once. */
  duplicates: string[];
  /** Timeline and backup history files, partial segments and files of other names. */
  other: Tally;
  /** Segments without a hole between them. */
  ranges: SegmentRun[];
  /** Holes that keep no backup from being restored. */
  holes: SegmentRun[];
}

/** What can be said of a backup as a whole; the words are the peer's. */
export type BackupStatus = "valid" | "invalid" | "manifest missing" | "in-progress";

/** What was found of one backup. */
export interface BackupResult extends Tally {
  label: string;
  status: BackupStatus;
  /** WAL it needs and the archive lacks. */
  missingWal: SegmentRun[];
  /** Relations with bad pages that the backup itself does not know of. */
  badPages: { file: string; pages: string }[];
}

/** Why nothing can be verified: lines of the result, and the error it is. */
export interface Refusal {
  kind: ErrorKind;
  lines: string[];
}

/** All that was found. */
export interface VerifyResult {
  stanza: string;
  /** Why nothing could be verified. */
  refused?: Refusal;
  archives: ArchiveResult[];
  backups: BackupResult[];
  /** The manifests of backup.history. */
  history: Tally;
}

/** A tally of nothing. */
export function newTally(): Tally {
  return { checked: 0, valid: 0, problems: { missing: 0, checksum: 0, size: 0, other: 0 } };
}

/** Counts a file. */
export function count(tally: Tally, outcome: Outcome): void {
  tally.checked++;
  if (outcome === "valid") tally.valid++;
  else tally.problems[outcome]++;
}

/** Number of files that are wrong. */
export function wrongFiles({ problems }: Tally): number {
  return Object.values(problems).reduce((sum, number) => sum + number, 0);
}

/** The result of a verification that did not get far. */
export function refusedResult(stanza: string, refused: Refusal): VerifyResult {
  return { stanza, refused, archives: [], backups: [], history: newTally() };
}
