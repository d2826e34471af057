import { fail } from "../../error.ts";
import { type BlockShape, HASH_SIZE, type MappedBlock, type ReferenceState, RUN, SUPER } from "./map.ts";

/** The blocks of a file in their order. Error 29 where the map is malformed. Format: section 9.4 of the repository notes. */
export function readBlockMap(bytes: Uint8Array, shape: BlockShape): MappedBlock[] {
  const { blockSize, checksumSize } = shape;
  if (blockSize < 1 || checksumSize < 1 || checksumSize > HASH_SIZE) {
    fail("format", `invalid block map: blocks of ${blockSize} bytes with checksums of ${checksumSize}`);
  }
  return new MapReader(bytes, shape).read();
}

/** Most bytes of a super block, stored or plain, that are put into memory; the peer's may be 16 MiB and a block. */
const SUPER_MAX = 256 * 1024 * 1024;

class MapReader {
  readonly #bytes: Uint8Array;
  readonly #shape: BlockShape;
  readonly #states = new Map<number, ReferenceState>();
  readonly #blocks: MappedBlock[] = [];
  #at = 0;
  /** Stored size of the super block before, for the difference the next one is given as. */
  #lastSize = 0;

  constructor(bytes: Uint8Array, shape: BlockShape) {
    this.#bytes = bytes;
    this.#shape = shape;
  }

  read(): MappedBlock[] {
    if (this.#number() !== 0) this.#fail("its version is not 0");
    for (let last = false; !last;) {
      const head = this.#number();
      this.#readRun(Math.floor(head / 8), head % 8);
      last = (head & RUN.last) !== 0;
    }
    if (this.#at !== this.#bytes.length) this.#fail("there is data behind its end");
    return this.#blocks;
  }

  #readRun(reference: number, flags: number): void {
    const known = this.#states.get(reference);
    const state = known ?? this.#begin(reference, flags);
    if (known === undefined || (flags & RUN.goesOn) === 0) {
      if (known !== undefined) state.offset += state.size + (flags & RUN.gap ? this.#number() : 0);
      this.#readSuperBlocks(reference, state, { first: true });
      return;
    }
    this.#readBlocks(reference, state, this.#blockTotal(state));
    if ((flags & RUN.only) === 0) this.#readSuperBlocks(reference, state, { first: false });
  }

  #begin(reference: number, flags: number): ReferenceState {
    const bundle = flags & RUN.bundle ? this.#number() : 0;
    const offset = flags & RUN.offset ? this.#number() : 0;
    const state = { bundle, offset, size: 0, plainSize: this.#shape.blockSize, block: 0 };
    this.#states.set(reference, state);
    return state;
  }

  /** Super blocks up to the last of the run; the first of a new run begins where the state says. */
  #readSuperBlocks(reference: number, state: ReferenceState, { first }: { first: boolean }): void {
    for (let isFirst = first, last = false; !last; isFirst = false) {
      const head = this.#number();
      const size = this.#lastSize === 0 ? Math.floor(head / 8) : this.#lastSize + signed(Math.floor(head / 8));
      if (head & SUPER.plainSize) state.plainSize = this.#plainSize();
      if (!isFirst) state.offset += state.size;
      if (size < 1 || size > SUPER_MAX || state.plainSize > SUPER_MAX) this.#fail(`super block of ${size} bytes`);
      Object.assign(state, { size, block: 0 });
      const count = head & SUPER.total ? this.#blockTotal(state) : Math.ceil(state.plainSize / this.#shape.blockSize);
      this.#readBlocks(reference, state, count);
      last = (head & SUPER.last) !== 0;
    }
  }

  #plainSize(): number {
    const value = this.#number();
    const whole = Math.floor(value / 2) * this.#shape.blockSize;
    return value % 2 === 0 ? whole : whole + this.#number();
  }

  /** Number of blocks, where it is written; blocks of the super block before them may have to be passed over. */
  #blockTotal(state: ReferenceState): number {
    const value = this.#number();
    if (value % 2 === 1) state.block += this.#number();
    return Math.floor(value / 2) + 1;
  }

  #readBlocks(reference: number, state: ReferenceState, count: number): void {
    const { bundle, offset, size, plainSize } = state;
    const { checksumSize } = this.#shape;
    if (count * checksumSize > this.#bytes.length - this.#at) this.#fail("it is cut short");
    if ((state.block + count - 1) * this.#shape.blockSize >= plainSize) {
      this.#fail(`block ${state.block + count - 1} in a super block of ${plainSize} bytes`);
    }
    for (let done = 0; done < count; done++) {
      const checksum = this.#bytes.subarray(this.#at, this.#at += checksumSize);
      this.#blocks.push({ reference, bundle, offset, size, plainSize, block: state.block++, checksum });
    }
    this.#lastSize = size;
  }

  /** A number of seven bits a byte, the least significant first. */
  #number(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) this.#fail("it is cut short");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    this.#fail("a number in it is too large");
  }

  #fail(reason: string): never {
    fail("format", `invalid block map: ${reason} (at byte ${this.#at})`);
  }
}

/** The number a zigzag code stands for: 0, -1, 1, -2 ... */
function signed(code: number): number {
  return code % 2 === 0 ? code / 2 : -(code + 1) / 2;
}
