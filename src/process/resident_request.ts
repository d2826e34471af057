/**
 * What a call of the program tells a background process that stays: everything the call depends on. The tiny client of
 * scripts/executable/resident_client.ts sends it from machine code, so the form is plain: 8 bytes of mark, the number of
 * arguments in 8 bytes (little-endian), the current folder in 4096 bytes, then arguments and variables, each followed by
 * a zero byte.
 */
export interface ResidentRequest {
  /** Current folder of the caller. */
  readonly folder: string;
  /** Arguments without the program's name. */
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

const MARK = " PGBLC01";
const FOLDER_AT = 16;
const TEXTS_AT = FOLDER_AT + 4096;

/** Largest request that is read, in bytes. */
export const REQUEST_LIMIT: number = 1024 * 1024;

/** A request taken apart; undefined when it is none, or not UTF-8. */
export function parseRequest(bytes: Uint8Array): ResidentRequest | undefined {
  if (bytes.length <= TEXTS_AT || bytes.at(-1) !== 0) return undefined;
  try {
    const decode = (part: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(part);
    if (decode(bytes.subarray(0, 8)) !== MARK) return undefined;
    const count = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(8, true));
    const end = bytes.indexOf(0, FOLDER_AT);
    const texts = decode(bytes.subarray(TEXTS_AT, -1)).split("\0");
    if (count < 1 || count > texts.length || end >= TEXTS_AT) return undefined;
    const variables = texts.slice(count).filter((text) => text.includes("=")).map(splitVariable);
    return {
      folder: decode(bytes.subarray(FOLDER_AT, end)),
      args: texts.slice(1, count),
      variables: Object.fromEntries(variables),
    };
  } catch {
    return undefined;
  }
}

function splitVariable(text: string): [string, string] {
  const equals = text.indexOf("=");
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** A request as bytes; undefined where a text would not fit its place. */
export function formatRequest({ folder, args, variables }: ResidentRequest): Uint8Array | undefined {
  const encoder = new TextEncoder();
  const texts = ["pg_backrest", ...args, ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)];
  const tail = encoder.encode(texts.map((text) => `${text}\0`).join(""));
  const place = encoder.encode(folder);
  if (place.length >= TEXTS_AT - FOLDER_AT) return undefined;
  const bytes = new Uint8Array(TEXTS_AT + tail.length);
  bytes.set(encoder.encode(MARK));
  new DataView(bytes.buffer).setBigUint64(8, BigInt(args.length + 1), true);
  bytes.set(place, FOLDER_AT);
  bytes.set(tail, TEXTS_AT);
  return bytes;
}
