import type { Chunk } from "../chunk.ts";
import { type BlockShape, type MappedBlock, type ReferenceState, RUN, SUPER } from "./map.ts";

/** Blocks that lie one behind the other, in the file and in one super block. */
interface Stretch {
  first: MappedBlock;
  count: number;
  /** Where in the list of blocks it begins. */
  at: number;
}

/** The map of a file of at least one block, as {@linkcode readBlockMap} reads it. Format: section 9.4 of the repository notes. */
export function writeBlockMap(blocks: readonly MappedBlock[], shape: BlockShape): Chunk {
  return new MapWriter(blocks, shape).write();
}

class MapWriter {
  readonly #blocks: readonly MappedBlock[];
  readonly #shape: BlockShape;
  readonly #states = new Map<number, ReferenceState>();
  #bytes = new Uint8Array(1024);
  #used = 0;
  /** Stored size of the super block before, to which the next one is given as a difference. */
  #lastSize = 0;

  constructor(blocks: readonly MappedBlock[], shape: BlockShape) {
    this.#blocks = blocks;
    this.#shape = shape;
  }

  write(): Chunk {
    this.#number(0);
    const runs = runsOf(stretchesOf(this.#blocks));
    for (const [i, run] of runs.entries()) this.#writeRun(run, i === runs.length - 1 ? RUN.last : 0);
    return this.#bytes.slice(0, this.#used);
  }

  #writeRun(run: readonly Stretch[], last: number): void {
    const { reference, bundle, offset } = run[0]!.first;
    const head = (flags: number) => this.#number(reference * 8 + last + flags);
    const known = this.#states.get(reference);
    if (known === undefined) {
      head((bundle > 0 ? RUN.bundle : 0) + (offset > 0 ? RUN.offset : 0));
      if (bundle > 0) this.#number(bundle);
      if (offset > 0) this.#number(offset);
      const state = { bundle, offset, size: 0, plainSize: this.#shape.blockSize, block: 0 };
      this.#states.set(reference, state);
      return this.#writeSuperBlocks(run, state);
    }
    if (offset === known.offset) {
      head(RUN.goesOn + (run.length === 1 ? RUN.only : 0));
      this.#writeTotal(run[0]!, known);
      this.#writeChecksums(run[0]!, known);
      return this.#writeSuperBlocks(run.slice(1), known);
    }
    const gap = offset - known.offset - known.size;
    head(gap > 0 ? RUN.gap : 0);
    if (gap > 0) this.#number(gap);
    this.#writeSuperBlocks(run, known);
  }

  #writeSuperBlocks(stretches: readonly Stretch[], state: ReferenceState): void {
    for (const [i, stretch] of stretches.entries()) {
      const { offset, size, plainSize, block } = stretch.first;
      const { blockSize } = this.#shape;
      const isWhole = block === 0 && stretch.count === Math.ceil(plainSize / blockSize);
      const flags = (i === stretches.length - 1 ? SUPER.last : 0) +
        (plainSize === state.plainSize ? 0 : SUPER.plainSize) + (isWhole ? 0 : SUPER.total);
      this.#number((this.#lastSize === 0 ? size : unsigned(size - this.#lastSize)) * 8 + flags);
      if (plainSize !== state.plainSize) this.#writePlainSize(plainSize);
      Object.assign(state, { offset, size, plainSize, block: 0 });
      if (!isWhole) this.#writeTotal(stretch, state);
      this.#writeChecksums(stretch, state);
    }
  }

  #writePlainSize(plainSize: number): void {
    const { blockSize } = this.#shape;
    const rest = plainSize % blockSize;
    this.#number(2 * Math.floor(plainSize / blockSize) + (rest > 0 ? 1 : 0));
    if (rest > 0) this.#number(rest);
  }

  /** How many blocks there are, and how many of the super block are passed over before them. */
  #writeTotal({ first, count }: Stretch, state: ReferenceState): void {
    const gap = first.block - state.block;
    this.#number(2 * (count - 1) + (gap > 0 ? 1 : 0));
    if (gap > 0) this.#number(gap);
  }

  #writeChecksums({ first, at, count }: Stretch, state: ReferenceState): void {
    for (const { checksum } of this.#blocks.slice(at, at + count)) this.#put(checksum);
    state.block = first.block + count;
    this.#lastSize = first.size;
  }

  #put(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Seven bits a byte, the least significant first. */
  #number(value: number): void {
    this.#reserve(8);
    for (let rest = value;; rest = Math.floor(rest / 128)) {
      this.#bytes[this.#used++] = rest % 128 + (rest >= 128 ? 128 : 0);
      if (rest < 128) return;
    }
  }

  #reserve(size: number): void {
    if (this.#used + size <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * this.#bytes.length + size);
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }
}

function stretchesOf(blocks: readonly MappedBlock[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const [at, block] of blocks.entries()) {
    const before = stretches.at(-1);
    if (before !== undefined && isNext(block, before)) before.count++;
    else stretches.push({ first: block, count: 1, at });
  }
  return stretches;
}

function isNext({ reference, offset, block }: MappedBlock, { first, count }: Stretch): boolean {
  return reference === first.reference && offset === first.offset && block === first.block + count;
}

/** Stretches of one backup whose super blocks lie one behind the other. */
function runsOf(stretches: readonly Stretch[]): Stretch[][] {
  const runs: Stretch[][] = [];
  for (const stretch of stretches) {
    const before = runs.at(-1)?.at(-1)?.first;
    const { reference, offset } = stretch.first;
    const follows = before?.reference === reference && before.offset + before.size === offset;
    if (follows) runs.at(-1)!.push(stretch);
    else runs.push([stretch]);
  }
  return runs;
}

/** The zigzag code of a number: 0, 1, 2, 3 ... for 0, -1, 1, -2 ... */
function unsigned(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}
