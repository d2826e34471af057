import { type Chunk, CHUNK_SIZE } from "./chunk.ts";
import { failDamaged, failTruncated } from "./damage.ts";
import { checkMagic, isSkippable } from "./frame_magic.ts";
import type { Emit, Stage } from "./stage.ts";
import { MODULE } from "./wasm/lz4_decode.ts";
import { WasmPool } from "./wasm_pool.ts";

interface DecodeModule {
  memory: { readonly buffer: ArrayBuffer };
  input: { readonly value: number };
  output: { readonly value: number };
  block(size: number, to: number, limit: number, lowest: number): number;
  hashStart(): void;
  hashUpdate(at: number, size: number): void;
  hashEnd(): number;
  hashOnce(at: number, size: number): number;
}

const POOL = new WasmPool<DecodeModule>(MODULE);
const MAGIC = [0x04, 0x22, 0x4d, 0x18];
const HISTORY = 64 * 1024;

/** What is read next; `skip` is passed over, everything else is gathered in the module's input. */
type Part = "magic" | "skipSize" | "skip" | "descriptor" | "header" | "blockSize" | "block" | "contentHash";

/** What the header of a frame says. */
interface Frame {
  linked: boolean;
  blockHash: boolean;
  contentHash: boolean;
  contentSize: bigint | undefined;
  blockMax: number;
}

/** Decompresses LZ4 frames one behind the other; error 29 for anything else and for less. */
export function unlz4Stage(): Stage {
  const module = POOL.take();
  const decoder = new Lz4Decoder(module);
  let closed = false;
  return {
    push: (chunk) => decoder.load(chunk),
    more: (emit) => decoder.step(emit),
    flush: (emit) => decoder.end(emit),
    close() {
      if (!closed) POOL.give(module);
      closed = true;
    },
  };
}

/** Reads frames part by part (format: LZ4 frame format 1.6) and has the module decode the blocks. */
class Lz4Decoder {
  readonly #module: DecodeModule;
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #input: number;
  readonly #output: number;
  #chunk: Chunk = new Uint8Array(0);
  #at = 0;
  #offset = 0;
  #part: Part = "magic";
  #wanted = 4;
  #gathered = 0;
  #frame!: Frame;
  #frames = 0;
  #blockStored = false;
  #plainSize = 0n;
  /** Plain data: its first byte matches may reach, the first that was not handed on, its end. */
  #lowest: number;
  #kept: number;
  #filled: number;

  constructor(module: DecodeModule) {
    this.#module = module;
    this.#memory = new Uint8Array(module.memory.buffer);
    this.#view = new DataView(module.memory.buffer);
    this.#input = module.input.value;
    this.#output = module.output.value;
    this.#lowest = this.#kept = this.#filled = this.#output;
  }

  load(chunk: Chunk): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** Reads on until a block has been decoded or the chunk is used up; true while some of the chunk is left. */
  step(emit: Emit): boolean {
    while (this.#at < this.#chunk.length) {
      this.#gather();
      if (this.#gathered < this.#wanted) break;
      const decoded = this.#part === "block";
      this.#finishPart();
      if (decoded) {
        if (this.#filled - this.#kept >= CHUNK_SIZE) this.#handOn(emit);
        break;
      }
    }
    return this.#at < this.#chunk.length;
  }

  /** Hands on what is left; error 29 unless the data ended behind a frame. */
  end(emit: Emit): void {
    if (this.#part !== "magic" || this.#gathered > 0 || this.#frames === 0) failTruncated("lz4", this.#offset);
    this.#handOn(emit);
  }

  #gather(): void {
    const size = Math.min(this.#wanted - this.#gathered, this.#chunk.length - this.#at);
    if (this.#part !== "skip") {
      this.#memory.set(this.#chunk.subarray(this.#at, this.#at + size), this.#input + this.#gathered);
    }
    this.#at += size;
    this.#offset += size;
    this.#gathered += size;
    if (this.#part !== "magic") return;
    const frame = { magic: MAGIC, offset: this.#offset - this.#gathered };
    checkMagic("lz4", this.#bytes(0, this.#gathered), frame);
  }

  #bytes(from: number, to: number): Uint8Array<ArrayBuffer> {
    return this.#memory.subarray(this.#input + from, this.#input + to);
  }

  #word(at: number): number {
    return this.#view.getUint32(this.#input + at, true);
  }

  #expect(part: Part, wanted: number): void {
    this.#part = part;
    this.#wanted = wanted;
    this.#gathered = 0;
  }

  #damaged(reason: string): never {
    failDamaged("lz4", this.#offset - this.#gathered, reason);
  }

  #finishPart(): void {
    switch (this.#part) {
      case "magic":
        this.#frames++;
        return isSkippable(this.#bytes(0, 4)) ? this.#expect("skipSize", 4) : this.#expect("descriptor", 2);
      case "skipSize":
        return this.#word(0) === 0 ? this.#expect("magic", 4) : this.#expect("skip", this.#word(0));
      case "skip":
        return this.#expect("magic", 4);
      case "descriptor":
        // The header's bytes are hashed together, so they are gathered behind these two.
        this.#part = "header";
        this.#wanted = (this.#bytes(0, 1)[0]! & 8) !== 0 ? 11 : 3;
        return;
      case "header":
        return this.#startFrame();
      case "blockSize":
        return this.#startBlock(this.#word(0));
      case "block":
        return this.#finishBlock();
      case "contentHash":
        if (this.#word(0) !== this.#module.hashEnd() >>> 0) this.#damaged("wrong content checksum");
        return this.#endFrame();
    }
  }

  #startFrame(): void {
    const size = this.#wanted - 1;
    const [flags, blocks] = this.#bytes(0, 2) as Uint8Array & [number, number];
    if (this.#bytes(size, size + 1)[0] !== (this.#module.hashOnce(this.#input, size) >>> 8 & 255)) {
      this.#damaged("wrong header checksum");
    }
    const sizeCode = blocks >> 4 & 7;
    if (flags >> 6 !== 1 || (flags & 2) !== 0 || (blocks & 0x8f) !== 0 || sizeCode < 4) {
      this.#damaged("unknown frame header");
    }
    if ((flags & 1) !== 0) this.#damaged("a dictionary is needed");
    this.#frame = {
      linked: (flags & 32) === 0,
      blockHash: (flags & 16) !== 0,
      contentHash: (flags & 4) !== 0,
      contentSize: (flags & 8) !== 0 ? this.#view.getBigUint64(this.#input + 2, true) : undefined,
      blockMax: 1 << 8 + 2 * sizeCode,
    };
    this.#plainSize = 0n;
    this.#lowest = this.#filled;
    this.#module.hashStart();
    this.#expect("blockSize", 4);
  }

  #startBlock(word: number): void {
    if (word === 0) return this.#frame.contentHash ? this.#expect("contentHash", 4) : this.#endFrame();
    this.#blockStored = word >>> 31 === 1;
    const size = word & 0x7fffffff;
    if (size === 0 || size > this.#frame.blockMax) this.#damaged("wrong block size");
    this.#expect("block", size + (this.#frame.blockHash ? 4 : 0));
  }

  #finishBlock(): void {
    const { blockHash, blockMax, contentHash, linked } = this.#frame;
    const size = this.#wanted - (blockHash ? 4 : 0);
    if (blockHash && this.#word(size) !== this.#module.hashOnce(this.#input, size) >>> 0) {
      this.#damaged("wrong block checksum");
    }
    const from = this.#filled;
    if (this.#blockStored) {
      this.#memory.copyWithin(from, this.#input, this.#input + size);
      this.#filled += size;
    } else {
      this.#filled = this.#module.block(size, from, from + blockMax, linked ? this.#lowest : from);
      if (this.#filled === 0) this.#damaged("block contradicts itself");
    }
    const plain = this.#filled - from;
    if (contentHash) this.#module.hashUpdate(from, plain);
    this.#plainSize += BigInt(plain);
    this.#expect("blockSize", 4);
  }

  #endFrame(): void {
    const { contentSize } = this.#frame;
    if (contentSize !== undefined && contentSize !== this.#plainSize) this.#damaged("wrong content size");
    this.#expect("magic", 4);
  }

  /** Hands on all plain data and moves what matches may still reach to the front. */
  #handOn(emit: Emit): void {
    for (let at = this.#kept; at < this.#filled; at += CHUNK_SIZE) {
      emit(this.#memory.slice(at, Math.min(at + CHUNK_SIZE, this.#filled)));
    }
    const from = Math.max(this.#lowest, this.#filled - HISTORY);
    this.#memory.copyWithin(this.#output, from, this.#filled);
    this.#filled = this.#kept = this.#output + this.#filled - from;
    this.#lowest = this.#output;
  }
}
