import type { BackupRecord } from "../info/backup_record.ts";
import { segmentName, type SegmentRun, timelineOf } from "../wal/segment.ts";

/** Sizes a segment can have, in bytes. */
const SIZES = Array.from({ length: 11 }, (_, power) => 2 ** (20 + power));

/** Bytes of WAL with the same upper half of their LSN. */
const HALF = 2 ** 32;

/** WAL that should be there and is not. */
export interface WalHole extends SegmentRun {
  /** Backups that cannot be restored without it, ascending; where there is none, recovery cannot pass it. */
  neededBy: string[];
}

/** The WAL of an archive id: without a gap in each range, and what is missing. Ascending, a timeline after the other. */
export interface ArchiveRanges {
  ranges: SegmentRun[];
  missing: WalHole[];
}

/** Where a timeline left its parent: the last line of its history file. */
export interface TimelineStart {
  timeline: number;
  parent: number;
  lsn: bigint;
}

/** What is known of an archive id besides the names of its segments. */
export interface ArchiveFacts {
  /** Backups of its cluster. */
  backups: readonly BackupRecord[];
  starts: readonly TimelineStart[];
  /** Bytes. */
  segmentSize: number;
}

/** Numbers of segments of one timeline, from one to another, both included. */
interface Span {
  first: number;
  last: number;
}

/** A span and the backups that need it. */
interface NeededSpan extends Span {
  label: string;
}

/** What is known of one timeline. */
interface Timeline {
  present: Span[];
  needed: NeededSpan[];
  /** Last and first segments of backups: between one's end and another's start expire leaves a gap on purpose. */
  stops: Set<number>;
  starts: Set<number>;
}

/**
 * Ranges and holes of an archive id; `names` are its segments, ascending. A gap counts as a hole unless it lies exactly
 * between what one backup needs and the start of another, as expire leaves it. Also missing are segments that a backup
 * needs outside all ranges, and those between a timeline and the one it came from. Offline backups, and those that bring
 * their WAL along, need nothing. A name that segments of this size cannot have is passed over.
 */
export function archiveRanges(names: readonly string[], facts: ArchiveFacts): ArchiveRanges {
  const { segmentSize } = facts;
  const timelines = readTimelines(names, facts);
  const expected = new Map([...timelines].map(([id, timeline]) => [id, expectedSpans(timeline)]));
  for (const start of facts.starts) expectForks(start, { timelines, expected, segmentSize });
  const ranges: SegmentRun[] = [];
  const missing: WalHole[] = [];
  for (const [id, { present, needed }] of [...timelines].sort(([a], [b]) => a - b)) {
    const run = (span: Span) => runOf(span, { timeline: id, segmentSize });
    ranges.push(...present.map(run));
    for (const hole of subtract(merged(expected.get(id)!), present)) {
      const labels = needed.filter((each) => each.first <= hole.last && hole.first <= each.last).map(({ label }) =>
        label
      );
      missing.push({ ...run(hole), neededBy: labels });
    }
  }
  return { ranges, missing };
}

/** The size of the segments in bytes, told by where a backup began; undefined where none tells. */
export function toldSegmentSize(backups: readonly BackupRecord[]): number | undefined {
  for (const { walStart, lsnStart } of backups) {
    if (walStart === undefined || lsnStart === undefined) continue;
    const timeline = timelineOf(walStart);
    const fitting = SIZES.filter((size) => segmentName(timeline, lsnStart, { segmentSize: size }) === walStart);
    if (fitting.length === 1) return fitting[0];
  }
  return undefined;
}

/**
 * The size of the segments, in bytes: told by a backup, else the largest one with which every name is possible. A power of
 * two from 1 MiB to 1 GiB.
 */
export function segmentSizeOf(backups: readonly BackupRecord[], names: readonly string[]): number {
  const told = toldSegmentSize(backups);
  if (told !== undefined) return told;
  const highest = names.reduce((most, name) => Math.max(most, lowerHalf(name)), 0);
  return SIZES.findLast((size) => highest < HALF / size) ?? SIZES[0]!;
}

function readTimelines(names: readonly string[], { backups, segmentSize }: ArchiveFacts): Map<number, Timeline> {
  const timelines = new Map<number, Timeline>();
  const at = (id: number): Timeline => {
    let timeline = timelines.get(id);
    if (timeline === undefined) {
      timelines.set(id, timeline = { present: [], needed: [], stops: new Set(), starts: new Set() });
    }
    return timeline;
  };
  for (const name of names) {
    if (lowerHalf(name) < HALF / segmentSize) addPresent(at(timelineOf(name)).present, numberOf(name, segmentSize));
  }
  for (const { label, walStart, walStop, options } of backups) {
    if (walStart === undefined || walStop === undefined) continue;
    const [first, last] = [numberOf(walStart, segmentSize), numberOf(walStop, segmentSize)];
    const timeline = at(timelineOf(walStart));
    timeline.starts.add(first);
    timeline.stops.add(last);
    if (options.archiveCheck && !options.archiveCopy) timeline.needed.push({ first, last, label });
  }
  return timelines;
}

function addPresent(present: Span[], number: number): void {
  const last = present.at(-1);
  if (last === undefined || number > last.last + 1) present.push({ first: number, last: number });
  else last.last = Math.max(last.last, number);
}

/** Everything between the first and the last segment, without what expire left out, and what backups need. */
function expectedSpans({ present, needed, stops, starts }: Timeline): Span[] {
  const spans: Span[] = [];
  for (const span of present) {
    const before = spans.at(-1);
    const isExpired = before !== undefined && stops.has(before.last) && starts.has(span.first);
    if (before === undefined || isExpired) spans.push({ ...span });
    else before.last = span.last;
  }
  return [...spans, ...needed];
}

/** Adds what leads from the WAL of a parent to the first segment of its child. The parent's last segment may be partial. */
function expectForks(
  { timeline, parent, lsn }: TimelineStart,
  { timelines, expected, segmentSize }: {
    timelines: ReadonlyMap<number, Timeline>;
    expected: ReadonlyMap<number, Span[]>;
    segmentSize: number;
  },
): void {
  const fork = Number(lsn / BigInt(segmentSize));
  const child = timelines.get(timeline);
  const from = timelines.get(parent);
  const before = from?.present.findLast(({ first }) => first < fork);
  const first = child?.present[0]?.first;
  if (before === undefined || first === undefined) return;
  if (from!.stops.has(before.last) && child!.starts.has(first)) return;
  if (before.last + 1 < fork) expected.get(parent)!.push({ first: before.last + 1, last: fork - 1 });
  if (fork < first) expected.get(timeline)!.push({ first: fork, last: first - 1 });
}

/** The same numbers as ascending spans that do not touch. */
function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const { first, last } of spans.toSorted((a, b) => a.first - b.first)) {
    const before = result.at(-1);
    if (before === undefined || first > before.last + 1) result.push({ first, last });
    else before.last = Math.max(before.last, last);
  }
  return result;
}

/** What of `spans` is not in `present`; both ascending. */
function subtract(spans: readonly Span[], present: readonly Span[]): Span[] {
  const left: Span[] = [];
  let at = 0;
  for (const { first, last } of spans) {
    let from = first;
    while (at < present.length && present[at]!.last < first) at++;
    for (let i = at; i < present.length && present[i]!.first <= last; i++) {
      if (present[i]!.first > from) left.push({ first: from, last: present[i]!.first - 1 });
      from = present[i]!.last + 1;
    }
    if (from <= last) left.push({ first: from, last });
  }
  return left;
}

/** Number of a segment since the beginning of its timeline. */
function numberOf(name: string, segmentSize: number): number {
  return parseInt(name.slice(8, 16), 16) * (HALF / segmentSize) + lowerHalf(name);
}

function lowerHalf(name: string): number {
  return parseInt(name.slice(16, 24), 16);
}

function runOf(
  { first, last }: Span,
  { timeline, segmentSize }: { timeline: number; segmentSize: number },
): SegmentRun {
  const name = (number: number) => segmentName(timeline, BigInt(number) * BigInt(segmentSize), { segmentSize });
  return { first: name(first), last: name(last), count: last - first + 1 };
}
