import { fail } from "../../error.ts";

/**
 * Names of WAL segments: 24 hex digits for timeline, upper half of the LSN, and number of the segment within that half.
 * The number of segments in a half depends on the segment size (a power of two from 1 MiB to 1 GiB).
 */
export interface Segment {
  timeline: number;
  /** LSN of its first byte. */
  start: bigint;
}

/** Segment size of nearly every cluster, in bytes. */
export const SEGMENT_SIZE_DEFAULT: number = 16 * 1024 * 1024;

const SEGMENT = /^[0-9A-F]{24}$/;
/** The peer's own sloppy class `[0-F]`, which admits `:;<=>?@` too; it decides where an archived file lies. */
const IN_SEGMENT_FOLDER = /^[0-F]{24}/;
const PEER_SEGMENT = /^[0-F]{24}(?:\.partial)?$/;

/** Whether a name is that of a complete segment. */
export function isSegment(name: string): boolean {
  return SEGMENT.test(name);
}

/** Whether a name is stored as a segment, with checksum and compression: a segment or a `.partial` one. */
export function isStoredAsSegment(name: string): boolean {
  return PEER_SEGMENT.test(name);
}

/** Whether a name is that of a timeline history file. */
export function isHistoryFile(name: string): boolean {
  return /^[0-9A-F]{8}\.history$/.test(name);
}

/** Whether a name is that of a backup history file, `<segment>.<offset>.backup`. */
export function isBackupFile(name: string): boolean {
  return /^[0-9A-F]{24}\.[0-9A-F]{8}\.backup$/.test(name);
}

/** The folder of an archive id an archived file lies in: the first 16 characters, or none for names that are no WAL. */
export function segmentFolder(name: string): string | undefined {
  return IN_SEGMENT_FOLDER.test(name) ? name.slice(0, 16) : undefined;
}

/** Timeline of a segment, of a history file, or of whatever begins with a timeline. */
export function timelineOf(name: string): number {
  return parseInt(name.slice(0, 8), 16);
}

/** Name of the segment that holds an LSN. */
export function segmentName(timeline: number, lsn: bigint, options: { segmentSize: number }): string {
  const size = BigInt(options.segmentSize);
  return hex8(timeline) + hex8(lsn >> 32n) + hex8((lsn & 0xffffffffn) / size);
}

/** A name taken apart. A name that is none, or no segment of that size, is error 29. */
export function parseSegment(name: string, options: { segmentSize: number }): Segment {
  if (!isSegment(name)) fail("format", `'${name}' is not a WAL segment name`);
  const number = BigInt(`0x${name.slice(16)}`);
  if (number > lastNumber(options.segmentSize)) {
    fail("format", `'${name}' is not a name of WAL segments of ${options.segmentSize} bytes`);
  }
  return {
    timeline: timelineOf(name),
    start: (BigInt(`0x${name.slice(8, 16)}`) << 32n) + number * BigInt(options.segmentSize),
  };
}

/** The segment after this one on the same timeline. */
export function nextSegment(name: string, options: { segmentSize: number }): string {
  const { timeline, start } = parseSegment(name, options);
  return segmentName(timeline, start + BigInt(options.segmentSize), options);
}

/** All segments of one timeline from the one that holds `start` to the one that holds `stop`, in order. */
export function* segmentRange(
  range: { timeline: number; start: bigint; stop: bigint },
  options: { segmentSize: number },
): Generator<string> {
  const size = BigInt(options.segmentSize);
  for (let lsn = range.start - range.start % size; lsn <= range.stop; lsn += size) {
    yield segmentName(range.timeline, lsn, options);
  }
}

/** A run of segments without a hole. */
export interface SegmentRun {
  first: string;
  last: string;
  count: number;
}

/** The runs that segments form, ascending; the names come ascending and may repeat. A timeline ends a run. */
export function segmentRuns(names: Iterable<string>, options: { segmentSize: number }): SegmentRun[] {
  const runs: SegmentRun[] = [];
  let expected: string | undefined;
  for (const name of names) {
    const run = runs.at(-1);
    if (name === run?.last) continue;
    if (run !== undefined && name === expected) {
      run.last = name;
      run.count++;
    } else {
      runs.push({ first: name, last: name, count: 1 });
    }
    expected = nextSegment(name, options);
  }
  return runs;
}

function lastNumber(segmentSize: number): bigint {
  return 0xffffffffn / BigInt(segmentSize);
}

function hex8(value: number | bigint): string {
  return value.toString(16).toUpperCase().padStart(8, "0");
}
