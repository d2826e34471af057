import { fail } from "../error.ts";
import { type Chunk, CHUNK_SIZE } from "./chunk.ts";
import type { Emit } from "./stage.ts";

/**
 * The native object behind every stream of `node:zlib`. It is not documented, but it is what those streams themselves
 * call; the runtime is part of our executable, and a test holds it to what is used here.
 */
interface NativeHandle {
  writeSync(
    flush: number,
    input: Chunk,
    inputAt: number,
    inputLength: number,
    output: Chunk,
    outputAt: number,
    outputLength: number,
  ): void;
  /** Hears of errors of the zlib family; those of zstd are thrown. */
  onerror: (message: string) => void;
  reset(): void;
  close(): void;
}

interface NativeStream {
  _handle: NativeHandle;
  /** Room left in the output and input left over, after each call. */
  _writeState: Uint32Array;
}

/** What a step came to: there may be more, the input is used up, or input is left that the codec does not take. */
export type CodecState = "more" | "done" | "stuck";

const EMPTY: Chunk = new Uint8Array(0);

/**
 * For the options of a create function of `node:zlib`: size of the buffer a stream makes for itself, which nobody uses here; the least there is.
 * (A stream that is used again would save that too, but what a compressor makes of a small file then depends on what it did before.)
 */
export const OWN_BUFFER = { chunkSize: 64 } as const;

/** The smallest first output buffer; a small file should not pay for clearing 256 KiB. */
const OUTPUT_MIN = 4096;

/** A compressor or decompressor of `node:zlib`, called synchronously with buffers of our own. */
export class ZlibCodec {
  readonly #handle: NativeHandle;
  readonly #state: Uint32Array;
  readonly #growth: number;
  #input = EMPTY;
  #at = 0;
  #left = 0;
  #taken = 0;
  #output = EMPTY;
  #used = 0;
  #size = 0;
  #failure: string | undefined;
  #closed = false;

  /** `stream` is what a create function of `node:zlib` returned; `growth` guesses bytes of output per byte of input. */
  constructor(stream: unknown, growth: number) {
    const { _handle, _writeState } = stream as NativeStream;
    this.#handle = _handle;
    this.#state = _writeState;
    this.#growth = growth;
    this.#handle.onerror = (message) => void (this.#failure = message);
  }

  /** Bytes of input the codec has used so far. */
  get offset(): number {
    return this.#taken - this.#left;
  }

  /** Gives it the next input; the last one must be used up. */
  load(chunk: Chunk): void {
    if (this.#left > 0) fail("assert", "codec was given input before the last was used up");
    this.#input = chunk;
    this.#at = 0;
    this.#left = chunk.length;
    this.#taken += chunk.length;
  }

  /** One native call: works until the output buffer is full or the input is used up. `damaged` throws what was wrong. */
  step(flush: number, emit: Emit, damaged: (message: string) => never): CodecState {
    if (this.#used === this.#output.length) this.#renew();
    const { length } = this.#output;
    try {
      this.#handle.writeSync(flush, this.#input, this.#at, this.#left, this.#output, this.#used, length - this.#used);
    } catch (error) {
      this.#failure = (error as Error).message;
    }
    if (this.#failure !== undefined) damaged(this.#failure);
    const made = length - this.#state[0]! - this.#used;
    const took = this.#left - this.#state[1]!;
    this.#used += made;
    this.#at += took;
    this.#left -= took;
    if (this.#used === length) {
      emit(this.#output);
      this.#output = EMPTY;
      this.#used = 0;
      return "more";
    }
    if (this.#left === 0) return "done";
    return took === 0 && made === 0 ? "stuck" : "more";
  }

  /** Hands on what the last output buffer holds. */
  drain(emit: Emit): void {
    if (this.#used > 0) emit(this.#output.subarray(0, this.#used));
    this.#output = EMPTY;
    this.#used = 0;
  }

  /** Starts a new stream; what is left of the input stays. */
  reset(): void {
    this.#handle.reset();
  }

  close(): void {
    if (!this.#closed) this.#handle.close();
    this.#closed = true;
  }

  /** The first buffer is what the first input is likely to need, each further one twice as big, up to a whole chunk. */
  #renew(): void {
    const size = this.#size === 0 ? Math.max(OUTPUT_MIN, this.#left * this.#growth) : 2 * this.#size;
    this.#size = Math.min(size, CHUNK_SIZE);
    this.#output = new Uint8Array(this.#size);
    this.#used = 0;
  }
}
