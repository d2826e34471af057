import { fail } from "../error.ts";

/**
 * Text that is stored as bytes. Names and values in a repository need not be UTF-8, so a byte that belongs to no valid
 * sequence is carried in a string as a lone low surrogate U+DC80..U+DCFF (0xDC00 + byte). Decoding and encoding lose nothing.
 */

const ESCAPE = 0xdc00;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of some bytes; bytes that are not UTF-8 become lone surrogates. */
export function decodeRaw(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

/** The bytes of a text made by {@linkcode decodeRaw}, or of any other well-formed text. Other lone surrogates: error 29. */
export function encodeRaw(text: string): Uint8Array<ArrayBuffer> {
  return text.isWellFormed() ? encoder.encode(text) : encodeEscaped(text);
}

/** Encodes many texts one after the other without a buffer for each: the bytes of one are good until the next. */
export class RawEncoder {
  #buffer = new Uint8Array(4096);

  encode(text: string): Uint8Array {
    if (!text.isWellFormed()) return encodeEscaped(text);
    const most = text.length * 3;
    if (most > this.#buffer.length) this.#buffer = new Uint8Array(2 * most);
    return this.#buffer.subarray(0, encoder.encodeInto(text, this.#buffer).written);
  }
}

/** Whether a text holds bytes that are not UTF-8 (Deno cannot open a file of such a name). */
export function isForeign(text: string): boolean {
  return !text.isWellFormed();
}

/** Order of two texts by their bytes: negative, 0 or positive. String order differs from it above U+D7FF. */
export function compareRaw(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  let at = 0;
  while (at < shared && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === shared) return a.length - b.length;
  const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
  if (left < 0xd800 && right < 0xd800) return left - right;
  return compareBytes(encodeRaw(a), encodeRaw(b));
}

/** Order of two byte strings as strcmp and memcmp see it: negative, 0 or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const difference = a[at]! - b[at]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** A text as it may stand in a message: control characters and bytes that are not UTF-8 as `\xNN`. */
export function printable(text: string): string {
  let shown = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const hidden = code < 0x20 || code === 0x7f || (code >= 0xd800 && code <= 0xdfff);
    shown += hidden ? "\\x" + (code & 0xff).toString(16).padStart(2, "0") : character;
  }
  return shown;
}

function decodeEscaping(bytes: Uint8Array): string {
  const parts: string[] = [];
  let plain = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    parts.push(strict.decode(bytes.subarray(plain, at)), String.fromCharCode(ESCAPE + bytes[at]!));
    plain = ++at;
  }
  parts.push(strict.decode(bytes.subarray(plain)));
  return parts.join("");
}

/** Length of the valid UTF-8 sequence at `at`, 0 if there is none. Table 3-7 of the Unicode standard. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const length = lead >= 0xc2 && lead < 0xe0
    ? 2
    : lead >= 0xe0 && lead < 0xf0
    ? 3
    : lead >= 0xf0 && lead < 0xf5
    ? 4
    : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (bytes[at + 1]! < low || bytes[at + 1]! > high) return 0;
  for (let next = at + 2; next < at + length; next++) {
    if ((bytes[next]! & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function encodeEscaped(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) bytes.push(code - ESCAPE);
    else if (code >= 0xd800 && code <= 0xdfff) fail("format", `text '${printable(text)}' is not valid Unicode`);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}
