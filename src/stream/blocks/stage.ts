import type { Chunk } from "../chunk.ts";
import { Line } from "../line.ts";
import type { BlockReport, Emit, Stage, StageSpec } from "../stage.ts";
import { BlockHasher } from "./hash.ts";
import type { MappedBlock } from "./map.ts";
import { readBlockMap } from "./map_read.ts";
import { writeBlockMap } from "./map_write.ts";

type BlocksSpec = Extract<StageSpec, { stage: "blocks" }>;

/** Opens the stages of specs, as for any pipeline. */
export type OpenStages = (specs: readonly StageSpec[]) => Promise<Stage[]>;

/** A super block that is being filled. */
interface Filling {
  bytes: Chunk;
  used: number;
  /** Blocks in it; where it lies becomes known when it is stored. */
  blocks: MappedBlock[];
}

/**
 * Stores a file as blocks: of those that are not as the map of the prior backup says it makes super blocks, each compressed
 * and encrypted by itself, and puts the new map behind them. Nothing comes out when no block is new and none is gone.
 */
export function blocksStage(spec: BlocksSpec, open: OpenStages): Stage {
  return new BlockStore(spec, open);
}

class BlockStore implements Stage {
  readonly #spec: BlocksSpec;
  readonly #open: OpenStages;
  readonly #hasher: BlockHasher;
  readonly #prior: readonly MappedBlock[];
  readonly #blocks: MappedBlock[] = [];
  readonly #superSize: number;
  readonly #full: Filling[] = [];
  #filling: Filling | undefined;
  /** Where the next super block will lie. */
  #offset: number;
  #isChanged = false;
  #mapSize = 0;

  constructor(spec: BlocksSpec, open: OpenStages) {
    const { size, checksumSize, superSize, prior, place } = spec;
    this.#spec = spec;
    this.#open = open;
    this.#prior = prior === undefined
      ? []
      : readBlockMap(Uint8Array.fromBase64(prior), { blockSize: size, checksumSize });
    this.#superSize = Math.ceil(superSize / size) * size;
    this.#offset = place.offset;
    this.#hasher = new BlockHasher({ size, checksumSize });
  }

  push(chunk: Chunk, emit: Emit): void | Promise<void> {
    this.#hasher.push(chunk, this.#take);
    if (this.#full.length > 0) return this.#storeFull(emit);
  }

  async flush(emit: Emit): Promise<void> {
    this.#hasher.end(this.#take);
    if (this.#filling !== undefined) this.#full.push(this.#filling);
    this.#isChanged = this.#full.length > 0 || this.#isChanged || this.#blocks.length < this.#prior.length;
    await this.#storeFull(emit);
    if (this.#isChanged && this.#blocks.length > 0) await this.#storeMap(emit);
  }

  result(): { stage: "blocks"; value: BlockReport } {
    return { stage: "blocks", value: { changed: this.#isChanged, mapSize: this.#mapSize } };
  }

  close(): void {
    this.#hasher[Symbol.dispose]();
  }

  readonly #take = (bytes: Uint8Array, checksum: Uint8Array<ArrayBuffer>): void => {
    const prior = this.#prior[this.#blocks.length];
    if (prior !== undefined && prior.checksum.every((byte, i) => byte === checksum[i])) {
      this.#blocks.push(prior);
      return;
    }
    const filling = this.#filling ??= { bytes: new Uint8Array(0), used: 0, blocks: [] };
    this.#reserve(filling, bytes.length);
    filling.bytes.set(bytes, filling.used);
    filling.used += bytes.length;
    const { reference, place: { bundle } } = this.#spec;
    const block = { reference, bundle, offset: 0, size: 0, plainSize: 0, block: filling.blocks.length, checksum };
    filling.blocks.push(block);
    this.#blocks.push(block);
    if (filling.used < this.#superSize) return;
    this.#full.push(filling);
    this.#filling = undefined;
  };

  /** Most files are small: room for a whole super block is only made when it is needed. */
  #reserve(filling: Filling, more: number): void {
    const needed = filling.used + more;
    if (needed <= filling.bytes.length) return;
    const larger = new Uint8Array(Math.min(this.#superSize, Math.max(needed, 2 * filling.bytes.length)));
    larger.set(filling.bytes);
    filling.bytes = larger;
  }

  async #storeFull(emit: Emit): Promise<void> {
    for (const { bytes, used, blocks } of this.#full.splice(0)) {
      this.#isChanged = true;
      const { type, level } = this.#spec;
      const compress: StageSpec = { stage: "compress", type, level, raw: true };
      const size = await this.#store(bytes.subarray(0, used), [compress, ...this.#cipher()], emit);
      for (const block of blocks) Object.assign(block, { offset: this.#offset, size, plainSize: used });
      this.#offset += size;
    }
  }

  async #storeMap(emit: Emit): Promise<void> {
    const { size: blockSize, checksumSize } = this.#spec;
    const map = writeBlockMap(this.#blocks, { blockSize, checksumSize });
    this.#mapSize = await this.#store(map, this.#cipher(), emit);
  }

  #cipher(): StageSpec[] {
    return this.#spec.passphrase === undefined ? [] : [{ stage: "encrypt", key: { level: "set" }, raw: true }];
  }

  /** Puts bytes through stages of their own; returns how many came out. */
  async #store(bytes: Chunk, specs: readonly StageSpec[], emit: Emit): Promise<number> {
    let size = 0;
    const count = (chunk: Chunk) => {
      size += chunk.length;
      emit(chunk);
    };
    using line = new Line(await this.#open(specs), count);
    line.feed(bytes);
    line.end();
    while (line.hasWork()) {
      const wait = line.step();
      if (wait !== undefined) await wait;
    }
    return size;
  }
}
