// What an LZ4 block is made of: a sequence is a token, literals, and a match of at least 4 bytes up to 65535 back.
// The end of a block must be literals: the last match starts 12 bytes before it at the latest and ends 5 before it.

export const MIN_MATCH: usize = 4;
export const MAX_DISTANCE: usize = 65535;
export const LAST_START: usize = 12;
export const LAST_LITERALS: usize = 5;

/** How far two places are the same, at most up to `limit` in the one that is further on. */
export function matchLength(at: usize, back: usize, limit: usize): usize {
  const from = at;
  while (at + 8 <= limit) {
    const differ = load<u64>(at) ^ load<u64>(back);
    if (differ != 0) return at - from + <usize> (ctz(differ) >> 3);
    at += 8;
    back += 8;
  }
  while (at < limit && load<u8>(at) == load<u8>(back)) {
    at++;
    back++;
  }
  return at - from;
}

/** The part of a length that does not fit the token. */

function putLength(out: usize, rest: usize): usize {
  for (; rest >= 255; rest -= 255) store<u8>(out++, 255);
  store<u8>(out++, <u8> rest);
  return out;
}

/** Copies in steps of 16 bytes, so up to 15 bytes behind the target are overwritten. */
export function copyWide(to: usize, from: usize, size: usize): void {
  for (let i: usize = 0; i < size; i += 16) v128.store(to + i, v128.load(from + i));
}

/** Literals and the match behind them; returns where the next sequence goes. */
export function putSequence(out: usize, literals: usize, size: usize, distance: usize, length: usize): usize {
  const token = out++;
  const more = length - MIN_MATCH;
  store<u8>(token, <u8> (min(size, 15) << 4 | min(more, 15)));
  if (size >= 15) out = putLength(out, size - 15);
  copyWide(out, literals, size);
  out += size;
  store<u16>(out, <u16> distance);
  out += 2;
  return more >= 15 ? putLength(out, more - 15) : out;
}

/** The literals at the end of a block. */
export function putLast(out: usize, literals: usize, size: usize): usize {
  const token = out++;
  store<u8>(token, <u8> (min(size, 15) << 4));
  if (size >= 15) out = putLength(out, size - 15);
  memory.copy(out, literals, size);
  return out + size;
}
