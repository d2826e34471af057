// Writes bzip2 streams: collects blocks, with runs shortened, and puts the parts of the format together.

import { bitsStart, put, putEnd, putMagic, waiting } from "./bzip2_bits";
import { putSymbols } from "./bzip2_codes";
import { crcByte, crcStart } from "./bzip2_crc";
import { block, occurs, origin, transform } from "./bzip2_transform";

export { output, taken } from "./bzip2_bits";

/** Where the caller puts input, at most 1 MiB. */
export const input: usize = memory.data(1 << 20, 16);

/** Runs are written as four bytes and how many more follow. */
const RUN_SHOWN = 4;
const RUN_MAX = 255;

let blockMax: i32;
let size: i32;
let crc: u32;
let streamCrc: u32;
/** The run that is not in the block yet. */
let runByte: u32;
let runLength: i32;
let at: usize;
let end: usize;

/** Starts a stream. Level 1 to 9 is the size of a block in 100000 bytes. */
export function begin(level: i32): void {
  bitsStart();
  blockMax = 100000 * level - 19;
  streamCrc = 0;
  runLength = 0;
  put(24, 0x425a68);
  put(8, 0x30 + level);
  startBlock();
}

function startBlock(): void {
  size = 0;
  crc = crcStart();
}

/** Says that there are `count` bytes at `input`. */
export function add(count: usize): void {
  at = input;
  end = input + count;
}

/** Takes input until a block is full and compressed, or the input is used up; returns the bytes of output that wait. */
export function step(): usize {
  while (at < end) {
    const byte = <u32> load<u8>(at);
    if (runLength > 0 && byte == runByte && runLength < RUN_MAX) {
      runLength++;
      at++;
      continue;
    }
    putRun();
    if (size > blockMax - RUN_SHOWN - 1) {
      putBlock();
      return waiting();
    }
    runByte = byte;
    runLength = 1;
    at++;
  }
  return 0;
}

/** Compresses the rest and ends the stream; returns the bytes of output that wait. */
export function finish(): usize {
  putRun();
  if (size > 0) putBlock();
  putMagic(0x177245385090);
  put(32, streamCrc);
  putEnd();
  return waiting();
}

function putRun(): void {
  for (let i = 0; i < runLength; i++) crc = crcByte(crc, runByte);
  const shown = min(runLength, RUN_SHOWN);
  for (let i = 0; i < shown; i++) store<u8>(block + size++, <u8> runByte);
  if (shown == RUN_SHOWN) store<u8>(block + size++, <u8> (runLength - RUN_SHOWN));
  runLength = 0;
}

function putBlock(): void {
  transform(size);
  putMagic(0x314159265359);
  put(32, ~crc);
  streamCrc = rotl(streamCrc, 1) ^ ~crc;
  put(1, 0);
  put(24, origin);
  putOccurs();
  putSymbols();
  startBlock();
}

/** Which bytes occur: which rows of 16 have any, then those rows. */
function putOccurs(): void {
  let rows: u32 = 0;
  for (let row = 0; row < 16; row++) rows = rows << 1 | (rowOf(row) != 0 ? 1 : 0);
  put(16, rows);
  for (let row = 0; row < 16; row++) {
    if (rowOf(row) != 0) put(16, rowOf(row));
  }
}

function rowOf(row: i32): u32 {
  let bits: u32 = 0;
  for (let i = 0; i < 16; i++) bits = bits << 1 | load<u8>(occurs + 16 * row + i);
  return bits;
}
