import { ESCAPES } from "../json.ts";
import { compareBytes, encodeRaw } from "../raw_text.ts";
import type { TextHash } from "./text_hash.ts";

const QUOTE = encodeRaw('"');
const COLON = encodeRaw('":');
const OPEN = encodeRaw('":{');
const COMMA = encodeRaw(",");
const NEXT_SECTION = encodeRaw("},");
const STAGE_SIZE = 64 * 1024;

/**
 * The text whose SHA-1 is `backrest-checksum`: the lines of an info file in file order, written as one JSON object of
 * sections. Value bytes stand as they are, whatever blanks they hold. Format: section 2.3 of the repository notes.
 */
export class ChecksumText {
  readonly #hash: TextHash;
  readonly #stage = new Uint8Array(STAGE_SIZE);
  #used = 0;
  #section: Uint8Array | undefined;

  constructor(hash: TextHash) {
    this.#hash = hash;
    this.#put(encodeRaw("{"));
  }

  /** Adds one line of a section; lines of one section come one after the other. */
  add(section: Uint8Array, line: { key: Uint8Array; value: Uint8Array }): void {
    this.#enter(section);
    this.#put(QUOTE);
    this.#putKey(line.key);
    this.#put(COLON);
    this.#put(line.value);
  }

  /** The checksum as 40 hex digits. */
  digest(): Promise<string> {
    this.#put(encodeRaw("}}"));
    this.#hash.update(this.#stage.subarray(0, this.#used));
    return this.#hash.digest();
  }

  #enter(section: Uint8Array): void {
    if (this.#section === section || (this.#section !== undefined && compareBytes(this.#section, section) === 0)) {
      return this.#put(COMMA);
    }
    if (this.#section !== undefined) this.#put(NEXT_SECTION);
    this.#put(QUOTE);
    this.#put(section);
    this.#put(OPEN);
    this.#section = section;
  }

  #putKey(key: Uint8Array): void {
    let plain = 0;
    for (let at = 0; at < key.length; at++) {
      const escape = key[at]! < 0x5d ? ESCAPES[key[at]!] : undefined;
      if (escape === undefined) continue;
      this.#put(key.subarray(plain, at));
      this.#put(encodeRaw("\\" + escape));
      plain = at + 1;
    }
    this.#put(plain === 0 ? key : key.subarray(plain));
  }

  #put(bytes: Uint8Array): void {
    if (this.#used + bytes.length > STAGE_SIZE) {
      this.#hash.update(this.#stage.subarray(0, this.#used));
      this.#used = 0;
      if (bytes.length > STAGE_SIZE) return this.#hash.update(bytes);
    }
    this.#stage.set(bytes, this.#used);
    this.#used += bytes.length;
  }
}
