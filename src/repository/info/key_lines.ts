import { fail } from "../../error.ts";
import type { Chunk } from "../../stream/chunk.ts";
import type { Emit, Stage } from "../../stream/stage.ts";
import { FileLineReader } from "../manifest/file_line_read.ts";
import { FILE_SECTION } from "../manifest/manifest.ts";
import { formatJson } from "../json.ts";
import { decodeRaw, encodeRaw } from "../raw_text.ts";
import { ChecksumText } from "./checksum_text.ts";
import { splitEntry } from "./container_read.ts";
import { joinBytes, type TextHash } from "./text_hash.ts";

/** How the keys in an info file or manifest are exchanged. */
export interface KeyExchange {
  /** Name of the file, for messages. */
  file: string;
  /** What stands in the place of a key, or the key in the place of what stands for it. */
  replace(text: string): string | Promise<string>;
  /** Makes the hash of a checksum. */
  hash(): TextHash;
  /** True to give nothing out before the checksum of the whole file is proven. */
  whole: boolean;
}

const LF = 0x0a;
const LINE_MAX = 64 * 1024 * 1024;
const PIECE = 256 * 1024;

/**
 * Exchanges the passphrases in an info file or manifest on its way, and makes its checksum fit again; the old one is
 * proven (error 26). Error 29 for what is no such file.
 */
export function keyLinesStage(exchange: KeyExchange): Stage {
  return new KeyLines(exchange);
}

class KeyLines implements Stage {
  readonly #exchange: KeyExchange;
  readonly #before: ChecksumText;
  readonly #after: ChecksumText;
  readonly #fileLines = new FileLineReader();
  #carry: Uint8Array[] = [];
  #carried = 0;
  #section: { name: string; bytes: Uint8Array } | undefined;
  #out: Uint8Array[] = [];
  #made = 0;
  #proven = false;

  constructor(exchange: KeyExchange) {
    this.#exchange = exchange;
    this.#before = new ChecksumText(exchange.hash());
    this.#after = new ChecksumText(exchange.hash());
  }

  async push(chunk: Chunk, emit: Emit): Promise<void> {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      await this.#line(this.#completed(chunk.subarray(from, end)));
      from = end + 1;
      if (!this.#exchange.whole && this.#made >= PIECE) this.#giveOut(emit);
    }
    if (from < chunk.length) this.#keep(chunk.slice(from));
  }

  async flush(emit: Emit): Promise<void> {
    if (this.#carried > 0) await this.#line(this.#completed(new Uint8Array(0)));
    const { file } = this.#exchange;
    if (!this.#proven) fail("checksum", `invalid checksum in '${file}': none found`, { file });
    this.#giveOut(emit);
  }

  #keep(rest: Uint8Array): void {
    this.#carry.push(rest);
    this.#carried += rest.length;
    if (this.#carried > LINE_MAX) fail("format", `line in '${this.#exchange.file}' is longer than ${LINE_MAX} bytes`);
  }

  #completed(tail: Uint8Array): Uint8Array {
    if (this.#carried === 0) return tail.slice();
    const line = joinBytes([...this.#carry, tail]);
    this.#carry = [];
    this.#carried = 0;
    return line;
  }

  #giveOut(emit: Emit): void {
    const bytes = joinBytes(this.#out);
    this.#out = [];
    this.#made = 0;
    if (bytes.length > 0) emit(bytes);
  }

  #put(line: Uint8Array): void {
    this.#out.push(line, NEWLINE);
    this.#made += line.length + 1;
  }

  async #line(line: Uint8Array): Promise<void> {
    if (line.length === 0) return this.#put(line);
    if (line[0] === 0x5b && line[line.length - 1] === 0x5d) {
      const bytes = line.slice(1, -1);
      this.#section = { name: decodeRaw(bytes), bytes };
      return this.#put(line);
    }
    const section = this.#section ?? fail("format", `'${this.#exchange.file}' does not begin with a section`);
    if (section.name === FILE_SECTION) return this.#entry(section.bytes, line, this.#fileLines.read(line).equals);
    const { equals, value } = splitEntry(line);
    const key = decodeRaw(line.subarray(0, equals));
    if (section.name === "backrest" && key === "backrest-checksum") return await this.#checksum(value);
    if (section.name !== "cipher") return this.#entry(section.bytes, line, equals);
    if (key !== "cipher-pass" || typeof value !== "string") fail("format", `'${key}' in section cipher is not known`);
    const exchanged = encodeRaw(formatJson(await this.#exchange.replace(value)));
    this.#before.add(section.bytes, { key: line.subarray(0, equals), value: line.subarray(equals + 1) });
    this.#after.add(section.bytes, { key: line.subarray(0, equals), value: exchanged });
    this.#put(joinBytes([line.subarray(0, equals + 1), exchanged]));
  }

  #entry(section: Uint8Array, line: Uint8Array, equals: number): void {
    const entry = { key: line.subarray(0, equals), value: line.subarray(equals + 1) };
    this.#before.add(section, entry);
    this.#after.add(section, entry);
    this.#put(line);
  }

  async #checksum(wanted: unknown): Promise<void> {
    const { file } = this.#exchange;
    const found = await this.#before.digest();
    if (this.#proven || wanted !== found) {
      fail("checksum", `invalid checksum in '${file}': found ${found}, expected ${String(wanted)}`, { file });
    }
    this.#proven = true;
    this.#put(encodeRaw(`backrest-checksum="${await this.#after.digest()}"`));
  }
}

const NEWLINE = new Uint8Array([LF]);
