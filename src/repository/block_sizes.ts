import { BLOCK_CHECKSUM_SIZE_DEFAULT } from "./manifest/file_data.ts";

const [KIB, MIB, DAY] = [1024, 1024 ** 2, 86_400];

/** A row of a table: from here on this holds. */
export interface Threshold {
  from: number;
  value: number;
}

/** What decides how a file is cut into blocks. Sizes in bytes, ages in seconds. */
export interface BlockTables {
  /** Size of a block by size of the file; smaller files are stored whole. */
  sizes: readonly Threshold[];
  /** Factor of that size by age of the file; 0: stored whole. */
  ages: readonly Threshold[];
  /** Bytes of a block's checksum by size of the block. */
  checksums: readonly Threshold[];
}

/** The tables of 2.59.1. Source: section 9.1 of the repository notes. */
export const BLOCK_TABLES: BlockTables = {
  sizes: [
    { from: 16 * KIB, value: 8 * KIB },
    { from: 11 * MIB, value: 16 * KIB },
    { from: 43 * MIB, value: 24 * KIB },
    { from: 96 * MIB, value: 32 * KIB },
    { from: 146 * MIB, value: 40 * KIB },
    { from: 228 * MIB, value: 48 * KIB },
    { from: 329 * MIB, value: 56 * KIB },
    { from: 448 * MIB, value: 64 * KIB },
    { from: 585 * MIB, value: 72 * KIB },
    { from: 740 * MIB, value: 80 * KIB },
    { from: 914 * MIB, value: 88 * KIB },
  ],
  ages: [{ from: 7 * DAY, value: 2 }, { from: 14 * DAY, value: 4 }, { from: 28 * DAY, value: 0 }],
  checksums: [
    { from: 32 * KIB, value: 7 },
    { from: 128 * KIB, value: 8 },
    { from: 512 * KIB, value: 9 },
    { from: 1 * MIB, value: 10 },
    { from: 2 * MIB, value: 11 },
    { from: 4 * MIB, value: 12 },
  ],
};

/** How a file is cut: size of a block and of its checksum. */
export interface BlockCut {
  size: number;
  checksumSize: number;
}

/** How a file of this size (bytes) and age (seconds since it was changed) is cut; undefined: it is stored whole. */
export function blockCut(file: { size: number; age: number }, tables: BlockTables): BlockCut | undefined {
  const size = (valueAt(tables.sizes, file.size) ?? 0) * (valueAt(tables.ages, file.age) ?? 1);
  if (size === 0) return undefined;
  return { size, checksumSize: valueAt(tables.checksums, size) ?? BLOCK_CHECKSUM_SIZE_DEFAULT };
}

/** The value of the highest row that is reached. */
function valueAt(table: readonly Threshold[], at: number): number | undefined {
  let best: Threshold | undefined;
  for (const row of table) {
    if (row.from <= at && row.from >= (best?.from ?? -Infinity)) best = row;
  }
  return best?.value;
}
