import { compareBytes, encodeRaw } from "../raw_text.ts";
import type { FileEntry } from "./file_data.ts";
import type { FileTable } from "./file_table.ts";

/**
 * Calls `visit` for every file that is in the table and in a prior manifest too. The prior's files come in byte order of their
 * names and are read to the end; `visit` may change or remove the row it gets.
 */
export async function joinPrior(
  files: FileTable,
  prior: AsyncIterable<FileEntry[]>,
  visit: (row: number, prior: FileEntry) => void,
): Promise<void> {
  const rows = files.rows();
  let row = rows.next();
  for await (const batch of prior) {
    for (const entry of batch) {
      const name = encodeRaw(entry.name);
      let order = -1;
      while (!row.done && (order = compareBytes(files.nameBytes(row.value), name)) < 0) row = rows.next();
      if (row.done || order !== 0) continue;
      visit(row.value, entry);
      row = rows.next();
    }
  }
}
