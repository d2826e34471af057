import { failDamaged, failTrailing } from "./damage.ts";

/** A frame anybody may put between others and every reader passes over; the lower half of its first byte is free. */
const SKIPPABLE = [0x50, 0x2a, 0x4d, 0x18];

/**
 * Looks at the first bytes behind the end of a frame (fewer than four while more are to come): error 29 when no frame
 * can begin like that. `offset` is where they stand.
 */
export function checkMagic(type: "zst" | "lz4", given: Uint8Array, frame: { magic: number[]; offset: number }): void {
  if (given.every((byte, i) => byte === frame.magic[i]) || isSkippable(given)) return;
  if (frame.offset > 0) failTrailing(type, frame.offset);
  failDamaged(type, 0, `no ${type} frame`);
}

/** Whether these bytes begin a skippable frame; its size follows in 32 bits. */
export function isSkippable(given: Uint8Array): boolean {
  return given.every((byte, i) => (i === 0 ? byte & 0xf0 : byte) === SKIPPABLE[i]);
}
