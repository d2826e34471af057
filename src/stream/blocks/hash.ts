import { type Chunk, PIECE_SIZE } from "../chunk.ts";
import { MODULE } from "../wasm/block_hash.ts";
import { WasmPool } from "../wasm_pool.ts";

interface HashModule {
  memory: { readonly buffer: ArrayBuffer };
  /** Address for blocks. */
  input: { readonly value: number };
  /** Address of the digests, 16 bytes each, of at most 1024 blocks. */
  digests: { readonly value: number };
  reserve(size: number): void;
  hash(count: number, size: number): void;
}

const POOL = new WasmPool<HashModule>(MODULE);

/** Blocks that are hashed in one call. */
const BLOCKS_MAX = 1024;

/** Told about blocks one after the other: their bytes, good until it returns, and the beginning of their XXH3-128. */
export type TakeBlock = (bytes: Uint8Array, checksum: Uint8Array<ArrayBuffer>) => void;

/** Cuts what comes into blocks and hashes each. Disposing gives back the memory it works in. */
export class BlockHasher implements Disposable {
  readonly #module = POOL.take();
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #size: number;
  readonly #checksumSize: number;
  #filled = 0;
  #closed = false;

  /** Blocks of `size` bytes, of whose hash `checksumSize` bytes are wanted. */
  constructor({ size, checksumSize }: { size: number; checksumSize: number }) {
    this.#module.reserve(size + PIECE_SIZE);
    this.#memory = new Uint8Array(this.#module.memory.buffer);
    this.#size = size;
    this.#checksumSize = checksumSize;
  }

  /** Takes the next bytes, at most 1 MiB; `take` gets the blocks they complete. */
  push(chunk: Chunk, take: TakeBlock): void {
    const start = this.#module.input.value;
    this.#memory.set(chunk, start + this.#filled);
    this.#filled += chunk.length;
    const whole = Math.floor(this.#filled / this.#size);
    if (whole === 0) return;
    this.#hand(whole, take);
    const used = whole * this.#size;
    this.#memory.copyWithin(start, start + used, start + this.#filled);
    this.#filled -= used;
  }

  /** Ends the file: `take` gets the last block, which is a short one. */
  end(take: TakeBlock): void {
    if (this.#filled === 0) return;
    this.#module.hash(1, this.#filled);
    take(this.#block(0, this.#filled), this.#checksum(0));
    this.#filled = 0;
  }

  #hand(count: number, take: TakeBlock): void {
    if (count > BLOCKS_MAX) throw new RangeError(`${count} blocks at a time`);
    this.#module.hash(count, this.#size);
    for (let i = 0; i < count; i++) take(this.#block(i, this.#size), this.#checksum(i));
  }

  #block(i: number, length: number): Uint8Array {
    const at = this.#module.input.value + i * this.#size;
    return this.#memory.subarray(at, at + length);
  }

  #checksum(i: number): Uint8Array<ArrayBuffer> {
    const at = this.#module.digests.value + 16 * i;
    return this.#memory.slice(at, at + this.#checksumSize);
  }

  [Symbol.dispose](): void {
    if (!this.#closed) POOL.give(this.#module);
    this.#closed = true;
  }
}
