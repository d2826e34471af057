import { fail } from "../error.ts";
import { type Chunk, joinChunks } from "../stream/chunk.ts";

/**
 * What crosses between two of our processes: a JSON text and bytes, each maybe empty. On the wire: length of the JSON and
 * of the bytes (32 bits each, big endian), then both.
 */
export interface Frame {
  head: unknown;
  bytes: Chunk;
}

/** Bytes before the JSON. */
const PREFIX = 8;

/** No JSON of ours is longer; a listing is sent in batches. */
const HEAD_MAX = 16 * 1024 * 1024;

/** No piece of data is longer. */
const BYTES_MAX = 4 * 1024 * 1024;

const encoder = new TextEncoder();

/** A frame as the chunks to send; the bytes are not copied. */
export function encodeFrame({ head, bytes }: Frame): Chunk[] {
  const json = encoder.encode(JSON.stringify(head, bigintAsText));
  const start = new Uint8Array(PREFIX + json.length);
  const view = new DataView(start.buffer);
  view.setUint32(0, json.length);
  view.setUint32(4, bytes.length);
  start.set(json, PREFIX);
  return bytes.length === 0 ? [start] : [start, bytes];
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

/** Puts frames together from what arrives. Error 39 for what cannot be a frame. */
export class FrameReader {
  #parts: Chunk[] = [];
  #size = 0;

  push(chunk: Chunk): void {
    if (chunk.length === 0) return;
    this.#parts.push(chunk);
    this.#size += chunk.length;
  }

  /** True when bytes of an unfinished frame are held. */
  get isPartial(): boolean {
    return this.#size > 0;
  }

  /** The next whole frame, or undefined until more arrives. */
  next(): Frame | undefined {
    if (this.#size < PREFIX) return undefined;
    const start = this.#peek(PREFIX);
    const view = new DataView(start.buffer, start.byteOffset, PREFIX);
    const [headLength, bytesLength] = [view.getUint32(0), view.getUint32(4)];
    if (headLength > HEAD_MAX || bytesLength > BYTES_MAX) {
      fail(
        "protocol",
        `frame of ${headLength} and ${bytesLength} bytes received, expected at most ${HEAD_MAX} and ${BYTES_MAX}`,
      );
    }
    if (this.#size < PREFIX + headLength + bytesLength) return undefined;
    const whole = this.#take(PREFIX + headLength + bytesLength);
    return { head: parseHead(whole.subarray(PREFIX, PREFIX + headLength)), bytes: whole.subarray(PREFIX + headLength) };
  }

  /** The first bytes as one buffer; they stay. */
  #peek(length: number): Chunk {
    if (this.#parts[0]!.length < length) this.#parts = [joinChunks(this.#parts)];
    return this.#parts[0]!;
  }

  #take(length: number): Chunk {
    if (this.#parts[0]!.length < length) {
      const joined: Chunk[] = [];
      let size = 0;
      while (size < length) size += joined[joined.push(this.#parts.shift()!) - 1]!.length;
      this.#parts.unshift(joinChunks(joined));
    }
    const first = this.#parts.shift()!;
    this.#size -= length;
    if (first.length > length) this.#parts.unshift(first.subarray(length));
    return first.subarray(0, length);
  }
}

function parseHead(bytes: Chunk): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    fail("protocol", "frame received whose head is no JSON", { cause });
  }
}
