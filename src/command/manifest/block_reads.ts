import type { MappedBlock } from "../../stream/blocks/map.ts";

/** What has to be read from one backup to put a file together. Sizes in bytes. */
export interface ReferenceReads {
  /** Place of the backup in the list of references. */
  reference: number;
  /** Bundle the last read is from; 0: a file of its own. */
  bundle: number;
  /** Ranges that are read in one go, and their stored bytes. */
  reads: number;
  readSize: number;
  /** Super blocks, and their decompressed bytes. */
  superBlocks: number;
  superBlockSize: number;
  blocks: number;
}

/** Sums up, backup by backup, what a restore of all blocks reads; super blocks that lie behind one another count as one read. */
export function readsByReference(blocks: readonly MappedBlock[]): ReferenceReads[] {
  const sums = new Map<number, ReferenceReads>();
  const last = new Map<number, MappedBlock>();
  for (const block of blocks) {
    const { reference, bundle, offset, size, plainSize } = block;
    const sum = sums.get(reference) ?? { reference, bundle, ...NOTHING };
    const before = last.get(reference);
    if (before?.offset !== offset) {
      if (before === undefined || before.offset + before.size !== offset) {
        sum.reads++;
        sum.bundle = bundle;
      }
      sum.superBlocks++;
      sum.readSize += size;
      sum.superBlockSize += plainSize;
    }
    sum.blocks++;
    sums.set(reference, sum);
    last.set(reference, block);
  }
  return [...sums.values()].sort((a, b) => a.reference - b.reference);
}

/** The sum over all backups. */
export function totalReads(reads: readonly ReferenceReads[]): Omit<ReferenceReads, "reference" | "bundle"> {
  const total = { ...NOTHING };
  for (const each of reads) {
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += each[key];
  }
  return total;
}

const NOTHING = { reads: 0, readSize: 0, superBlocks: 0, superBlockSize: 0, blocks: 0 };
