import type { BackupRecord } from "../info/backup_record.ts";
import type { SegmentRun } from "../wal/segment.ts";
import { timelineOf } from "../wal/segment.ts";
import type { WalHole } from "./archive_ranges.ts";
import type { StanzaReport } from "./stanza.ts";

type Archives = StanzaReport["archives"];

/** How many holes of an archive are listed one by one. */
const HOLES_SHOWN = 5;

/** First and last segment of a cluster over all archives that hold its WAL, as the peer shows it. */
export function boundsLine(archives: Archives, version: string): string {
  const minima = archives.flatMap(({ min }) => min ?? []).sort();
  const maxima = archives.flatMap(({ max }) => max ?? []).sort();
  return `wal archive min/max (${version}): ${minima.length === 0 ? "none present" : `${minima[0]}/${maxima.at(-1)}`}`;
}

/** The ranges without a gap, archive by archive. */
export function rangeLines(archives: Archives, version: string): string[] {
  return archives.flatMap(({ repositoryKey, ranges = [] }) =>
    ranges.map((range) => `wal archive range (${version}): repo${repositoryKey}: ${runText(range)}`)
  );
}

/** What is missing, archive by archive, with what it means: a backup that is lost, or a point that recovery cannot pass. */
export function holeLines(archives: Archives, version: string): string[] {
  return archives.flatMap(({ repositoryKey, missing = [] }) => {
    const head = `wal archive missing (${version}): repo${repositoryKey}: `;
    const lines = missing.slice(0, HOLES_SHOWN).map((hole) => {
      const others = archives.filter((each) => each.repositoryKey !== repositoryKey && holds(each, hole));
      return `${head}${runText(hole)}, ${consequence(hole, others.map((each) => `repo${each.repositoryKey}`))}`;
    });
    const rest = missing.length - lines.length;
    return rest === 0 ? lines : [...lines, `${head}${rest} more, shown by --output=json --archive-ranges`];
  });
}

/** What was dropped, archive by archive, with what it means and what to do. */
export function droppedLines(
  archives: Archives,
  { version, backups }: { version: string; backups: readonly BackupRecord[] },
): string[] {
  return archives.flatMap(({ repositoryKey, dropped = [] }) =>
    dropped.map((run) =>
      `wal archive dropped (${version}): repo${repositoryKey}: ${runText(run)}, ${droppedMeaning(run, backups)}`
    )
  );
}

/** What it means that archive-push gave WAL up because its queue had become too long. */
export function droppedMeaning({ first, last }: SegmentRun, backups: readonly BackupRecord[]): string {
  const later =
    backups.filter(({ walStart }) =>
      walStart !== undefined && timelineOf(walStart) === timelineOf(last) && walStart > last
    ).map(({ label }) => label).sort()[0];
  const why = "given up because archive-push-queue-max was exceeded";
  return later === undefined
    ? `${why}: no restore to a time after ${first} until there is a new backup, make one now`
    : `${why}: no restore to a time between ${first} and backup ${later}`;
}

/** WAL is looked for in every repository, so what one lacks and another has is not lost. */
function consequence({ neededBy }: WalHole, others: readonly string[]): string {
  if (others.length > 0) return `found in ${others.join(", ")}`;
  return neededBy.length === 0 ? "recovery cannot pass it" : `needed to restore ${neededBy.join(", ")}`;
}

function holds({ ranges = [] }: Archives[number], { first, last }: SegmentRun): boolean {
  return ranges.some((range) =>
    timelineOf(range.first) === timelineOf(first) && range.first <= first && last <= range.last
  );
}

function runText({ first, last, count }: SegmentRun): string {
  return count === 1 ? `${first} (1 segment)` : `${first}/${last} (${count} segments)`;
}
