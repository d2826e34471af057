import { fail } from "../error.ts";
import type { CompressType } from "./stage.ts";

/** What each form calls the unit that has a start and an end of its own. */
const UNIT: Record<Exclude<CompressType, "none">, string> = {
  gz: "member",
  zst: "frame",
  lz4: "frame",
  bz2: "stream",
};

type Compressed = keyof typeof UNIT;

/** Compressed data that stops before its end (error 29). `offset` counts stored bytes; the caller names the file. */
export function failTruncated(type: Compressed, offset: number): never {
  fail(
    "format",
    offset === 0
      ? `unable to decompress ${type}: no data at offset 0 where a ${UNIT[type]} was expected`
      : `unable to decompress ${type}: data ends at offset ${offset} inside a ${UNIT[type]}`,
    { hint: "the stored file was cut short" },
  );
}

/** Compressed data followed by something that is no further member, frame or stream (error 29). */
export function failTrailing(type: Compressed, offset: number): never {
  fail(
    "format",
    `unable to decompress ${type}: found other data at offset ${offset}, behind the end of a ${UNIT[type]}`,
  );
}

/** Compressed data that contradicts itself somewhere behind `offset` (error 29). */
export function failDamaged(type: Compressed, offset: number, reason: string): never {
  fail("format", `unable to decompress ${type}: ${reason} after offset ${offset}`);
}
