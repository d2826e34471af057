import type { Chunk } from "./chunk.ts";
import { failDamaged, failTruncated } from "./damage.ts";
import { checkMagic, isSkippable } from "./frame_magic.ts";

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** What the walker reads next; each part has a fixed number of bytes once the part before is known. */
type Part = "magic" | "skipSize" | "descriptor" | "header" | "block" | "content";

/**
 * Walks over the frame and block headers of zstd data, without decoding, to know where frames end: the decoder of
 * `node:zlib` takes data that stops inside a frame for complete. Format: RFC 8878, section 3.1.
 */
export class ZstdFrames {
  readonly #bytes = new Uint8Array(8);
  #gathered = 0;
  #part: Part = "magic";
  #wanted = 4;
  #checksum = false;
  /** Where a `content` leads when it has been passed over. */
  #after: Part = "magic";
  #offset = 0;
  #frames = 0;

  /** Walks over the next bytes; error 29 when something other than a frame begins behind a frame. */
  push(chunk: Chunk): void {
    let at = 0;
    while (at < chunk.length) {
      const size = Math.min(this.#wanted - this.#gathered, chunk.length - at);
      this.#gather(chunk, at, size);
      at += size;
      if (this.#gathered === this.#wanted) this.#finishPart();
    }
  }

  /** Error 29 unless the data ended behind a frame. */
  end(): void {
    if (this.#part !== "magic" || this.#gathered > 0 || this.#frames === 0) failTruncated("zst", this.#offset);
  }

  /** Passes over bytes of the part at hand; those of a short header are kept. */
  #gather(chunk: Chunk, at: number, size: number): void {
    if (this.#part !== "content" && this.#part !== "header") {
      this.#bytes.set(chunk.subarray(at, at + size), this.#gathered);
    }
    this.#gathered += size;
    this.#offset += size;
    if (this.#part !== "magic") return;
    const frame = { magic: MAGIC, offset: this.#offset - this.#gathered };
    checkMagic("zst", this.#bytes.subarray(0, this.#gathered), frame);
  }

  #read(): number {
    const [a, b, c, d] = this.#bytes;
    return (a! | b! << 8 | c! << 16 | d! << 24) >>> 0;
  }

  #expect(part: Part, wanted: number): void {
    this.#part = part;
    this.#wanted = wanted;
    this.#gathered = 0;
    this.#bytes.fill(0);
    if (wanted === 0) this.#finishPart();
  }

  #skip(wanted: number, after: Part): void {
    this.#after = after;
    this.#expect("content", wanted);
  }

  #finishPart(): void {
    switch (this.#part) {
      case "magic":
        return this.#startFrame();
      case "skipSize":
        return this.#skip(this.#read(), "magic");
      case "descriptor":
        return this.#expect("header", this.#headerSize(this.#bytes[0]!));
      case "header":
        return this.#expect("block", 3);
      case "block":
        return this.#startBlock(this.#read());
      case "content":
        return this.#expect(this.#after, this.#after === "block" ? 3 : 4);
    }
  }

  #startFrame(): void {
    this.#frames++;
    if (isSkippable(this.#bytes.subarray(0, 4))) this.#expect("skipSize", 4);
    else this.#expect("descriptor", 1);
  }

  /** Bytes between descriptor and first block: window, dictionary id, content size. */
  #headerSize(descriptor: number): number {
    this.#checksum = (descriptor & 4) !== 0;
    const single = (descriptor & 32) !== 0;
    const dictionary = [0, 1, 2, 4][descriptor & 3]!;
    const content = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    return (single ? 0 : 1) + dictionary + content;
  }

  #startBlock(header: number): void {
    const last = (header & 1) !== 0;
    const type = header >> 1 & 3;
    if (type === 3) failDamaged("zst", this.#offset - 3, "reserved block type");
    const size = type === 1 ? 1 : header >> 3;
    this.#skip(size + (last && this.#checksum ? 4 : 0), last ? "magic" : "block");
  }
}
