import type { FileTable } from "./file_table.ts";
import { sortRows } from "./row_order.ts";

/**
 * The rows in the order in which their stored bytes are read best: single files first, the biggest at the head so that no
 * worker is left alone with one at the end, then bundle by bundle of each backup from front to back.
 */
export function storedOrder(files: FileTable): Uint32Array {
  const rows = files.order((a, b) => files.size(b) - files.size(a));
  const slots = rows.reduce((most, row) => Math.max(most, row + 1), 0);
  const [ids, offsets, backups] = [new Float64Array(slots), new Float64Array(slots), new Uint32Array(slots)];
  const known = new Map<string | undefined, number>();
  for (const row of rows) {
    const bundle = files.bundle(row);
    if (bundle === undefined) continue;
    const reference = files.reference(row);
    if (!known.has(reference)) known.set(reference, known.size);
    ids[row] = bundle.id;
    offsets[row] = bundle.offset;
    backups[row] = known.get(reference)!;
  }
  return sortRows(rows, (a, b) => ids[a]! - ids[b]! || backups[a]! - backups[b]! || offsets[a]! - offsets[b]!);
}
