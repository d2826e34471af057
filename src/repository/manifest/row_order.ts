/**
 * Sorts rows: a stable merge sort that begins with the runs it finds, because rows mostly come in a few long ascending
 * runs (one per directory tree) and then cost one pass.
 */
export function sortRows(rows: Uint32Array, compare: (a: number, b: number) => number): Uint32Array {
  let bounds = ascendingRuns(rows, compare);
  let from = rows;
  let to = bounds.length > 2 ? new Uint32Array(rows.length) : rows;
  while (bounds.length > 2) {
    const merged = [0];
    for (let run = 0; run + 1 < bounds.length; run += 2) {
      const end = bounds[run + 2] ?? rows.length;
      merge(from, to, { start: bounds[run]!, middle: bounds[run + 1]!, end, compare });
      merged.push(end);
    }
    bounds = merged;
    [from, to] = [to, from];
  }
  return from;
}

/** Where runs begin, and at last the number of rows. */
function ascendingRuns(rows: Uint32Array, compare: (a: number, b: number) => number): number[] {
  const bounds = [0];
  for (let at = 1; at < rows.length; at++) {
    if (compare(rows[at - 1]!, rows[at]!) > 0) bounds.push(at);
  }
  bounds.push(rows.length);
  return bounds;
}

/** Merges `[start, middle)` and `[middle, end)`; equal rows keep their order. */
function merge(
  from: Uint32Array,
  to: Uint32Array,
  range: { start: number; middle: number; end: number; compare: (a: number, b: number) => number },
): void {
  const { start, middle, end, compare } = range;
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const takeLeft = right >= end || (left < middle && compare(from[left]!, from[right]!) <= 0);
    to[at] = from[takeLeft ? left++ : right++]!;
  }
}
