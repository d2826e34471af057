import { isSegment, nextSegment } from "../../repository/wal/segment.ts";

/** Fewest segments that are fetched ahead. */
const FEWEST = 2;

/** Whether a name is one that segments of this size can have. */
export function isNameOfSize(name: string, { segmentSize }: { segmentSize: number }): boolean {
  return isSegment(name) && parseInt(name.slice(16), 16) < 2 ** 32 / segmentSize;
}

/** How many segments the spool may hold; sizes in bytes. */
export function windowSize({ queueMax, segmentSize }: { queueMax: number; segmentSize: number }): number {
  return Math.max(FEWEST, Math.floor(queueMax / segmentSize));
}

/** So many segments of one timeline from one on. */
export function windowNames(first: string, count: number, options: { segmentSize: number }): string[] {
  const names: string[] = [];
  for (let name = first; names.length < count; name = nextSegment(name, options)) names.push(name);
  return names;
}

/**
 * The segment that must be in the spool for more than half of the window to be left when `name` has been taken: looking
 * for one file tells as much as a listing.
 */
export function halfwayName(name: string, count: number, options: { segmentSize: number }): string {
  return windowNames(name, Math.floor(count / 2) + 2, options).at(-1)!;
}
