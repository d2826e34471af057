// Writes LZ4 frames: linked blocks of 64 KiB, content checksum if asked for, no content size.

import { chainBlock, chainStart } from "./lz4_chain";
import { fastBlock, fastStart } from "./lz4_fast";
import { hashEnd, hashOnce, hashStart, hashUpdate } from "./xxh32";

const BLOCK: usize = 1 << 16;
const INPUT: usize = 1 << 20;
/** Marks a block that is stored as it is. */
const STORED: u32 = 0x80000000;

/** What was compressed last, for matches to reach back to; then what waits; then room for the next input. */
const window: usize = memory.data(<i32> (BLOCK + BLOCK + INPUT + 64), 16);
/** Finished output: what waits to be taken, one input's blocks with their sizes, and slack for wide copies. */
export const output: usize = memory.data(<i32> (BLOCK + INPUT + 3 * BLOCK), 16);

/** Position of the first byte in the stream; above the greatest distance, so that empty table entries are too far back. */
const FIRST: u32 = 1 << 17;

let level: i32;
let checksum: bool;
/** End of what has been compressed, and of what is in the window. */
let done: usize;
let filled: usize;
/** Added to an address gives the position in the stream. */
let shift: u32;
/** Bytes of output that wait. */
let made: usize;

/** Starts a frame. Level up to 2 fast (negative: faster), 3 to 12 thorough. */
export function begin(wantedLevel: i32, wantedChecksum: bool): void {
  level = wantedLevel;
  checksum = wantedChecksum;
  done = filled = window;
  shift = FIRST - <u32> window;
  if (level < 3) fastStart();
  else chainStart(FIRST);
  store<u32>(output, 0x184d2204);
  store<u8>(output, checksum ? 0x44 : 0x40, 4);
  store<u8>(output, 0x40, 5);
  store<u8>(output, <u8> (hashOnce(output + 4, 2) >> 8), 6);
  hashStart();
  made = 7;
}

/** Where the next input (at most 1 MiB) goes. */
export function room(): usize {
  const history = min(done - window, BLOCK);
  const moved = done - history - window;
  if (moved > 0) {
    memory.copy(window, window + moved, filled - window - moved);
    done -= moved;
    filled -= moved;
    shift += <u32> moved;
  }
  return filled;
}

/** Compresses all whole blocks of what is there with `size` new bytes; returns how many bytes of output wait. */
export function add(size: usize): usize {
  if (checksum) hashUpdate(filled, size);
  filled += size;
  while (filled - done >= BLOCK) putBlock(BLOCK);
  return made;
}

/** Says that the output has been taken. */
export function taken(): void {
  made = 0;
}

/** Compresses the rest and ends the frame; returns how many bytes of output wait. */
export function end(): usize {
  if (filled > done) putBlock(filled - done);
  store<u32>(output + made, 0);
  made += 4;
  if (checksum) {
    store<u32>(output + made, hashEnd());
    made += 4;
  }
  return made;
}

function putBlock(size: usize): void {
  const to = output + made;
  const body = to + 4;
  const end = level < 3
    ? fastBlock(done, done + size, body, window, shift, level < 0 ? 1 - level : 1)
    : chainBlock(done, done + size, body, window, shift, 1 << (level - 1));
  let stored = end - body;
  if (stored < size) {
    store<u32>(to, <u32> stored);
  } else {
    stored = size;
    store<u32>(to, <u32> size | STORED);
    memory.copy(body, done, size);
  }
  made += 4 + stored;
  done += size;
}
