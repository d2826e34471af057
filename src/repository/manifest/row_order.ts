/**
 * Sorts rows: a stable merge sort that begins with the runs it finds, because rows mostly come in a few long ascending or
 * descending runs (one per directory tree) and then cost one pass. The given rows may be overwritten.
 */
export function sortRows(rows: Uint32Array, compare: (a: number, b: number) => number): Uint32Array {
  const bounds = findRuns(rows, compare);
  let runs = bounds.length - 1;
  let from = rows;
  let to = runs > 1 ? new Uint32Array(rows.length) : rows;
  while (runs > 1) {
    let merged = 0;
    for (let run = 0; run < runs; run += 2) {
      const [start, middle, end] = [bounds[run]!, bounds[run + 1]!, bounds[Math.min(run + 2, runs)]!];
      merge(from, to, { start, middle, end, compare });
      bounds[++merged] = end;
    }
    runs = merged;
    [from, to] = [to, from];
  }
  return from;
}

/** Where runs begin, and at last the number of rows; falling runs are turned round. */
function findRuns(rows: Uint32Array, compare: (a: number, b: number) => number): Uint32Array {
  const bounds = new Uint32Array(rows.length + 1);
  let runs = 0;
  for (let start = 0; start < rows.length; runs++) {
    let end = start + 1;
    // Rows that compare equal keep their order, so only a run that falls all the way may be turned round.
    const falls = end < rows.length && compare(rows[start]!, rows[end]!) > 0;
    while (end < rows.length && compare(rows[end - 1]!, rows[end]!) > 0 === falls) end++;
    if (falls) rows.subarray(start, end).reverse();
    bounds[runs] = start;
    start = end;
  }
  bounds[runs] = rows.length;
  return bounds.subarray(0, runs + 1);
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
