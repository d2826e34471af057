// The thorough way to find matches: all places with the same hash are chained, and a match is only taken when the next
// byte has no longer one.

import { LAST_LITERALS, LAST_START, matchLength, MAX_DISTANCE, MIN_MATCH, putLast, putSequence } from "./lz4_sequence";

const HASH_BITS = 15;
/** Position of the newest place of each hash. */
const heads: usize = memory.data(4 << HASH_BITS, 16);
/** How far back the next older place is, by position modulo 65536. */
const older: usize = memory.data(2 << 16, 16);

/** The first position that is in no chain yet. */
let next: u32;

let bestLength: usize;
let bestBack: usize;

function head(at: usize): usize {
  return heads + (<usize> ((load<u32>(at) * 2654435761) >> (32 - HASH_BITS)) << 2);
}

export function chainStart(position: u32): void {
  memory.fill(heads, 0, 4 << HASH_BITS);
  next = position;
}

/** Chains all places before `at`. */
function chainTo(at: usize, shift: u32): void {
  const end = <u32> at + shift;
  for (; next != end; next++) {
    const entry = head(<usize> (next - shift));
    store<u16>(older + (<usize> (next & 0xffff) << 1), <u16> min(next - load<u32>(entry), <u32> MAX_DISTANCE));
    store<u32>(entry, next);
  }
}

/** Looks for a match longer than `bestLength`. */
function search(at: usize, limit: usize, lowest: usize, shift: u32, tries: u32): void {
  chainTo(at, shift);
  const position = <u32> at + shift;
  const farthest = min(<usize> MAX_DISTANCE, at - lowest);
  let distance = <usize> (position - load<u32>(head(at)));
  while (distance <= farthest && tries-- > 0) {
    const back = at - distance;
    if (load<u8>(back + bestLength) == load<u8>(at + bestLength) && load<u32>(back) == load<u32>(at)) {
      const length = MIN_MATCH + matchLength(at + MIN_MATCH, back + MIN_MATCH, limit);
      if (length > bestLength) {
        bestLength = length;
        bestBack = back;
        if (at + length >= limit) return;
      }
    }
    const step = <usize> load<u16>(older + (<usize> ((position - <u32> distance) & 0xffff) << 1));
    if (step == 0) return;
    distance += step;
  }
}

/** Compresses a block; the arguments are those of `fastBlock`, `tries` is how many places of a chain are looked at. */
export function chainBlock(from: usize, to: usize, out: usize, lowest: usize, shift: u32, tries: u32): usize {
  let anchor = from;
  if (to - from < LAST_START + 1) return putLast(out, anchor, to - anchor);
  const lastStart = to - LAST_START;
  const limit = to - LAST_LITERALS;
  let at = from;
  while (at <= lastStart) {
    bestLength = MIN_MATCH - 1;
    search(at, limit, lowest, shift, tries);
    if (bestLength < MIN_MATCH) {
      at++;
      continue;
    }
    let length = bestLength;
    let back = bestBack;
    while (at < lastStart) {
      search(at + 1, limit, lowest, shift, tries);
      if (bestLength <= length) break;
      at++;
      length = bestLength;
      back = bestBack;
    }
    while (at > anchor && back > lowest && load<u8>(at - 1) == load<u8>(back - 1)) {
      at--;
      back--;
      length++;
    }
    out = putSequence(out, anchor, at - anchor, at - back, length);
    at += length;
    anchor = at;
  }
  return putLast(out, anchor, to - anchor);
}
