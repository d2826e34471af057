import { fail } from "../error.ts";
import { compareRaw, decodeRaw } from "./raw_text.ts";

/**
 * The subset of JSON in info files and manifests: integers only, exact over 64 bits; strings are raw text (see raw_text.ts).
 * An integer that JavaScript cannot hold exactly as a number is a bigint; nothing else is.
 * Format: pgBackRest repository, section 2.2 of the format notes, observed in its files.
 */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | JsonObject;

/** An object; made without a prototype, so that every key is a key. */
export interface JsonObject {
  [key: string]: JsonValue;
}

const DEPTH_MAX = 32;
const INTEGER_DIGITS_MAX = 20;

/** The value some bytes stand for, in any order of keys. Error 99 where they are not this subset of JSON. */
export function parseJson(bytes: Uint8Array): JsonValue {
  const cursor = { bytes, at: 0 };
  const value = readValue(cursor, 0);
  skipBlank(cursor);
  return cursor.at === bytes.length ? value : unexpected(cursor, "the end");
}

/** The text of a value: no blanks, keys ascending by their bytes. A number that is not an exact integer: error 25. */
export function formatJson(value: JsonValue): string {
  switch (typeof value) {
    case "string":
      return quoteJson(value);
    case "number":
      if (!Number.isSafeInteger(value)) fail("assert", `number ${value} cannot be stored exactly`);
      return String(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? `[${value.map(formatJson).join(",")}]` : formatObject(value);
    default:
      return String(value);
  }
}

/** An empty object without a prototype. */
export function emptyObject(): JsonObject {
  return Object.create(null) as JsonObject;
}

/** A string in quotes; only `"`, `\`, LF, CR, TAB, BS and FF are escaped, every other byte stands as it is. */
export function quoteJson(text: string): string {
  let quoted = '"';
  let plain = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const escape = code < 0x5d ? ESCAPES[code] : undefined;
    if (escape === undefined) continue;
    quoted += text.slice(plain, at) + "\\" + escape;
    plain = at + 1;
  }
  return quoted + text.slice(plain) + '"';
}

/** Letter after the backslash by character code; the same seven that the peer writes. */
export const ESCAPES: Readonly<Record<number, string>> = {
  0x22: '"',
  0x5c: "\\",
  0x0a: "n",
  0x0d: "r",
  0x09: "t",
  0x08: "b",
  0x0c: "f",
};

const UNESCAPES: Readonly<Record<string, number>> = {
  "/": 0x2f,
  ...Object.fromEntries(Object.entries(ESCAPES).map(([code, letter]) => [letter, Number(code)])),
};

interface Cursor {
  bytes: Uint8Array;
  at: number;
}

function formatObject(object: JsonObject): string {
  const fields = Object.keys(object).sort(compareRaw).map((key) => `${quoteJson(key)}:${formatJson(object[key]!)}`);
  return `{${fields.join(",")}}`;
}

function readValue(cursor: Cursor, depth: number): JsonValue {
  if (depth > DEPTH_MAX) fail("jsonFormat", `JSON is nested deeper than ${DEPTH_MAX} levels`);
  skipBlank(cursor);
  const byte = cursor.bytes[cursor.at];
  switch (byte) {
    case 0x22:
      return readString(cursor);
    case 0x7b:
      return readObject(cursor, depth);
    case 0x5b:
      return readArray(cursor, depth);
    case 0x74:
      return readWord(cursor, "true", true);
    case 0x66:
      return readWord(cursor, "false", false);
    case 0x6e:
      return readWord(cursor, "null", null);
    default:
      return readInteger(cursor);
  }
}

function readObject(cursor: Cursor, depth: number): JsonObject {
  const object = emptyObject();
  readList(cursor, 0x7d, () => {
    skipBlank(cursor);
    if (cursor.bytes[cursor.at] !== 0x22) unexpected(cursor, "a key");
    const key = readString(cursor);
    skipBlank(cursor);
    if (cursor.bytes[cursor.at] !== 0x3a) unexpected(cursor, "':'");
    cursor.at++;
    object[key] = readValue(cursor, depth + 1);
  });
  return object;
}

function readArray(cursor: Cursor, depth: number): JsonValue[] {
  const values: JsonValue[] = [];
  readList(cursor, 0x5d, () => values.push(readValue(cursor, depth + 1)));
  return values;
}

/** Reads items separated by commas; the cursor stands on the opening bracket before and behind the closing one after. */
function readList(cursor: Cursor, closing: number, readItem: () => void): void {
  cursor.at++;
  skipBlank(cursor);
  if (cursor.bytes[cursor.at] === closing) {
    cursor.at++;
    return;
  }
  for (;;) {
    readItem();
    skipBlank(cursor);
    const byte = cursor.bytes[cursor.at++];
    if (byte === closing) return;
    if (byte !== 0x2c) {
      cursor.at--;
      unexpected(cursor, `',' or '${String.fromCharCode(closing)}'`);
    }
  }
}

function readWord<T>(cursor: Cursor, word: string, value: T): T {
  for (let at = 0; at < word.length; at++) {
    if (cursor.bytes[cursor.at + at] !== word.charCodeAt(at)) unexpected(cursor, `'${word}'`);
  }
  cursor.at += word.length;
  return value;
}

function readInteger(cursor: Cursor): number | bigint {
  const start = cursor.at;
  const digits = cursor.bytes[start] === 0x2d ? start + 1 : start;
  let end = digits;
  while (isDigit(cursor.bytes[end])) end++;
  if (end === digits || end - digits > INTEGER_DIGITS_MAX) unexpected(cursor, "a value");
  cursor.at = end;
  const text = String.fromCharCode(...cursor.bytes.subarray(start, end));
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function readString(cursor: Cursor): string {
  const { bytes } = cursor;
  const start = ++cursor.at;
  while (cursor.at < bytes.length && bytes[cursor.at] !== 0x22 && bytes[cursor.at] !== 0x5c) cursor.at++;
  if (bytes[cursor.at] === 0x22) return decodeRaw(bytes.subarray(start, cursor.at++));
  cursor.at = start;
  return readEscapedString(cursor);
}

function readEscapedString(cursor: Cursor): string {
  const { bytes } = cursor;
  const plain: number[] = [];
  for (;;) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) return unexpected(cursor, "'\"'");
    if (byte === 0x22) return decodeRaw(Uint8Array.from(plain));
    plain.push(byte === 0x5c ? readEscape(cursor) : byte);
  }
}

/** The byte behind a backslash; `\u` stands for one byte and must begin with 00, as the peer reads it. */
function readEscape(cursor: Cursor): number {
  const letter = String.fromCharCode(cursor.bytes[cursor.at++] ?? 0);
  if (letter !== "u") return UNESCAPES[letter] ?? unexpected(cursor, "an escape");
  const hex = String.fromCharCode(...cursor.bytes.subarray(cursor.at, cursor.at + 4));
  if (!/^00[0-9a-fA-F]{2}$/.test(hex)) return unexpected(cursor, "an escape of one byte");
  cursor.at += 4;
  return parseInt(hex, 16);
}

function skipBlank(cursor: Cursor): void {
  for (;;) {
    const byte = cursor.bytes[cursor.at];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return;
    cursor.at++;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function unexpected(cursor: Cursor, wanted: string): never {
  const rest = decodeRaw(cursor.bytes.subarray(cursor.at, cursor.at + 20));
  fail("jsonFormat", `JSON has '${rest}' at byte ${cursor.at} where ${wanted} is expected`);
}
