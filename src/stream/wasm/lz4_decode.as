// Decodes LZ4 blocks. The caller reads the frame around them.

import { copyWide } from "./lz4_sequence";
export { hashEnd, hashOnce, hashStart, hashUpdate } from "./xxh32";

/** The biggest block of the format. */
const BLOCK_MAX: usize = 4 << 20;
const HISTORY: usize = 1 << 16;

/** Where the caller puts a block or a header. */
export const input: usize = memory.data(<i32> (BLOCK_MAX + 64), 16);
/** Plain data: room for what matches reach back to, what is not taken yet, one more block, and slack for wide copies. */
export const output: usize = memory.data(<i32> (HISTORY + (256 << 10) + BLOCK_MAX + 64), 16);

/**
 * Decodes the block of `size` bytes at `input` to `to`, at most up to `limit`. Matches may reach back to `lowest`.
 * Returns where the plain data ends, 0 when the block contradicts itself.
 */
export function block(size: usize, to: usize, limit: usize, lowest: usize): usize {
  let at = input;
  const end = input + size;
  while (at < end) {
    const token = <usize> load<u8>(at++);
    let length = token >> 4;
    if (length == 15) {
      let more: usize = 255;
      while (more == 255) {
        if (at == end) return 0;
        more = load<u8>(at++);
        length += more;
      }
    }
    if (length > end - at || length > limit - to) return 0;
    copyWide(to, at, length);
    at += length;
    to += length;
    if (at == end) return to;

    if (end - at < 2) return 0;
    const distance = <usize> load<u16>(at);
    at += 2;
    if (distance == 0 || distance > to - lowest) return 0;
    length = token & 15;
    if (length == 15) {
      let more: usize = 255;
      while (more == 255) {
        if (at == end) return 0;
        more = load<u8>(at++);
        length += more;
      }
    }
    length += 4;
    if (length > limit - to) return 0;
    copyMatch(to, distance, length);
    to += length;
  }
  return 0;
}

function copyMatch(to: usize, distance: usize, length: usize): void {
  const from = to - distance;
  if (distance >= 16) {
    copyWide(to, from, length);
  } else if (distance == 1) {
    memory.fill(to, load<u8>(from), length);
  } else {
    for (let i: usize = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i));
  }
}
