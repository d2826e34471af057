import { isLabel } from "../label.ts";
import { compareBytes, decodeRaw, encodeRaw } from "../raw_text.ts";
import { BLOCK_CHECKSUM_SIZE_DEFAULT, BLOCK_UNIT, type FileData } from "./file_data.ts";

const KEYS = [
  "bi",
  "bic",
  "bim",
  "bni",
  "bno",
  "checksum",
  "checksum-page",
  "group",
  "mode",
  "rck",
  "reference",
  "repo-size",
  "size",
  "szo",
  "timestamp",
  "user",
] as const;
const KEY_BYTES = KEYS.map((key) => encodeRaw(`"${key}":`));
const TRUE = encodeRaw("true");
const FALSE = encodeRaw("false");
const DIGITS_MAX = 15;
const SHA1_LENGTH = 40;
const QUOTE = 0x22;

/**
 * Reads the one shape of a file that the peers and we write: known keys in order, no blanks, no escapes. It is several times as
 * fast as the general reader, which matters for a million lines. Whatever is different it leaves to that one.
 */
export class KnownFileShape {
  readonly #texts = new Map<string, { bytes: Uint8Array; text: string }>();
  #line: Uint8Array = new Uint8Array();
  #at = 0;
  #other = false;

  /** The file whose fields begin at `at`, behind the opening brace; undefined for any other shape. */
  read(line: Uint8Array, at: number): FileData | undefined {
    this.#line = line;
    this.#at = at;
    this.#other = false;
    const data: FileData = { size: -1, time: NaN };
    for (let key = this.#key(0); key >= 0; key = this.#key(key + 1)) {
      this.#value(data, KEYS[key]!);
      if (this.#other) return undefined;
      const byte = line[this.#at++];
      if (byte === 0x2c) continue;
      const complete = byte === 0x7d && this.#at === line.length && data.size >= 0 && !Number.isNaN(data.time);
      return complete ? data : undefined;
    }
    return undefined;
  }

  /** Which key stands here, -1 for none that may follow. */
  #key(from: number): number {
    for (let key = from; key < KEY_BYTES.length; key++) {
      if (this.#takes(KEY_BYTES[key]!)) return key;
    }
    return -1;
  }

  #value(data: FileData, key: typeof KEYS[number]): void {
    switch (key) {
      case "bi":
        data.block = { size: this.#count() * BLOCK_UNIT, checksumSize: BLOCK_CHECKSUM_SIZE_DEFAULT, mapSize: 0 };
        this.#other ||= data.block.size === 0;
        break;
      case "bic":
        if (data.block === undefined) this.#other = true;
        else data.block.checksumSize = this.#count();
        break;
      case "bim":
        if (data.block === undefined) this.#other = true;
        else data.block.mapSize = this.#count();
        break;
      case "bni":
        data.bundle = { id: this.#count(), offset: 0 };
        this.#other ||= data.bundle.id === 0;
        break;
      case "bno":
        if (data.bundle === undefined) this.#other = true;
        else data.bundle.offset = this.#count();
        break;
      case "checksum":
        data.checksum = this.#sha1();
        break;
      case "checksum-page":
        data.pageChecksum = this.#flag();
        break;
      case "group":
        data.group = this.#owner("group");
        break;
      case "mode":
        data.mode = this.#mode();
        break;
      case "rck":
        data.repoChecksum = this.#sha1();
        break;
      case "reference":
        data.reference = this.#reference();
        break;
      case "repo-size":
        data.repoSize = this.#count();
        break;
      case "size":
        data.size = this.#count();
        break;
      case "szo":
        data.originalSize = this.#count();
        break;
      case "timestamp":
        data.time = this.#count();
        break;
      case "user":
        data.user = this.#owner("user");
        break;
    }
  }

  #count(): number {
    const start = this.#at;
    let value = 0;
    for (let byte = this.#line[start]!; byte >= 0x30 && byte <= 0x39; byte = this.#line[++this.#at]!) {
      value = value * 10 + byte - 0x30;
    }
    if (this.#at === start || this.#at - start > DIGITS_MAX) this.#other = true;
    return value;
  }

  #flag(): boolean {
    if (this.#takes(TRUE)) return true;
    if (!this.#takes(FALSE)) this.#other = true;
    return false;
  }

  #owner(key: string): string | false {
    return this.#takes(FALSE) ? false : this.#text(key);
  }

  #mode(): number {
    const text = this.#text("mode");
    if (!/^[0-7]{4}$/.test(text)) this.#other = true;
    return parseInt(text, 8);
  }

  #reference(): string {
    const text = this.#text("reference");
    if (!isLabel(text)) this.#other = true;
    return text;
  }

  /** A string; the same text mostly comes line after line, so the last one of each key is remembered. */
  #text(key: string): string {
    const start = this.#at + 1;
    let end = start;
    while (end < this.#line.length && this.#line[end] !== QUOTE && this.#line[end] !== 0x5c) end++;
    if (this.#line[this.#at] !== QUOTE || this.#line[end] !== QUOTE) {
      this.#other = true;
      return "";
    }
    this.#at = end + 1;
    const bytes = this.#line.subarray(start, end);
    const last = this.#texts.get(key);
    if (last !== undefined && compareBytes(last.bytes, bytes) === 0) return last.text;
    const text = decodeRaw(bytes);
    this.#texts.set(key, { bytes: bytes.slice(), text });
    return text;
  }

  #sha1(): string {
    const start = this.#at + 1;
    const end = start + SHA1_LENGTH;
    let valid = this.#line[this.#at] === QUOTE && this.#line[end] === QUOTE;
    for (let at = start; valid && at < end; at++) {
      const byte = this.#line[at]!;
      valid = (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
    }
    if (!valid) this.#other = true;
    this.#at = end + 1;
    return valid ? decodeRaw(this.#line.subarray(start, end)) : "";
  }

  #takes(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; at++) {
      if (this.#line[this.#at + at] !== bytes[at]) return false;
    }
    this.#at += bytes.length;
    return true;
  }
}
