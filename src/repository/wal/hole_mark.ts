import { isSegment, type SegmentRun, segmentRuns } from "./segment.ts";
import { parseStoredSegment } from "./stored_name.ts";

/** Ending of an empty file that says: this WAL was given up before it was archived. Both peers pass it over. */
const SUFFIX = ".hole";

/** Name of the mark of a WAL file, which lies where the file would. */
export function holeMark(name: string): string {
  return name + SUFFIX;
}

/** Whether a name of the archive is a mark. */
export function isHoleMark(stored: string): boolean {
  return stored.endsWith(SUFFIX);
}

/** The WAL files that marks among the names of a folder stand for, but for those that arrived after all. */
export function markedHoles(names: Iterable<string>): string[] {
  const all = [...names];
  const marked = all.filter(isHoleMark).map((name) => name.slice(0, -SUFFIX.length));
  if (marked.length === 0) return [];
  const arrived = new Set(all.map((name) => parseStoredSegment(name)?.name ?? name));
  return marked.filter((name) => !arrived.has(name));
}

/** The runs that segments among marked WAL files form, ascending. Names that segments of this size cannot have are passed over. */
export function holeRuns(marked: readonly string[], options: { segmentSize: number }): SegmentRun[] {
  const most = 2 ** 32 / options.segmentSize;
  return segmentRuns(marked.filter((name) => isSegment(name) && parseInt(name.slice(16), 16) < most), options);
}
