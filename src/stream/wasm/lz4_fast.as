// The fast way to find matches: one table of the last place each hash was seen at.

import { LAST_LITERALS, LAST_START, matchLength, MAX_DISTANCE, MIN_MATCH, putLast, putSequence } from "./lz4_sequence";

/** 2^13 entries of 32 bits stay in the processor's first cache; more are slower. */
const HASH_BITS = 13;
const table: usize = memory.data(4 << HASH_BITS, 16);

function slot(at: usize): usize {
  return table + (<usize> (((load<u64>(at) << 24) * 889523592379) >> (64 - HASH_BITS)) << 2);
}

export function fastStart(): void {
  memory.fill(table, 0, 4 << HASH_BITS);
}

/**
 * Compresses a block. `shift` added to an address gives its position in the stream, which is what the table holds, so
 * that it stays right when the window moves; positions start above 65536, so an empty entry is too far back. A place
 * that is not too far back lies in the window, whatever the entry meant, and its bytes are compared. `lowest` is the
 * first address with data. Higher `acceleration` looks at fewer places.
 */
export function fastBlock(
  from: usize,
  to: usize,
  out: usize,
  lowest: usize,
  shift: u32,
  acceleration: u32,
): usize {
  let anchor = from;
  if (to - from < LAST_START + 1) return putLast(out, anchor, to - anchor);
  const lastStart = to - LAST_START;
  const limit = to - LAST_LITERALS;
  let at = from;
  while (true) {
    let tries = acceleration << 6;
    let back: usize = 0;
    while (true) {
      if (at > lastStart) return putLast(out, anchor, to - anchor);
      const entry = slot(at);
      const distance = <usize> (<u32> at + shift - load<u32>(entry));
      store<u32>(entry, <u32> at + shift);
      back = at - distance;
      if (distance <= MAX_DISTANCE && load<u32>(back) == load<u32>(at)) break;
      at += tries++ >> 6;
    }
    while (at > anchor && back > lowest && load<u8>(at - 1) == load<u8>(back - 1)) {
      at--;
      back--;
    }
    const length = MIN_MATCH + matchLength(at + MIN_MATCH, back + MIN_MATCH, limit);
    out = putSequence(out, anchor, at - anchor, at - back, length);
    at += length;
    anchor = at;
    if (at <= lastStart) store<u32>(slot(at - 2), <u32> (at - 2) + shift);
  }
}
