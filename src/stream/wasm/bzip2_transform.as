// A block of bytes to the symbols that are coded: Burrows-Wheeler transform, move to front, run lengths of zeros.

import { sortSuffixes } from "./suffix_sort";

const BLOCK: i32 = 900000;

/** The block as it was collected; room for the last run behind it. */
export const block: usize = memory.data(BLOCK + 32, 16);
/** Symbols, 16 bits each; with the one that ends them. */
export const symbols: usize = memory.data(2 * (BLOCK + 1), 16);
/** How often each symbol occurs. */
export const frequencies: usize = memory.data(4 * 258, 4);
/** 1 for each byte that occurs in the block. */
export const occurs: usize = memory.data(256);

/** The block beginning with its smallest rotation. */
const rotated: usize = memory.data(BLOCK, 16);
const order: usize = memory.data(4 * BLOCK, 16);
const scratch: usize = memory.data(6 * BLOCK + 8192, 16);
const front: usize = memory.data(256);
const indexes: usize = memory.data(256);

/** Where the block itself stands among its sorted rotations. */
export let origin: i32 = 0;
/** How many bytes occur, and how many symbols there are. */
export let used: i32 = 0;
export let symbolCount: i32 = 0;

export function transform(size: i32): void {
  sortRotations(size);
  markUsed(size);
  codePlaces(size);
}

/**
 * Sorting the suffixes of the smallest rotation sorts the rotations: where one suffix is the beginning of another, what
 * follows it in its rotation is the smallest rotation again, so the shorter one is not greater.
 */
function sortRotations(size: i32): void {
  const start = smallestRotation(size);
  memory.copy(rotated, block + start, size - start);
  memory.copy(rotated + size - start, block, start);
  sortSuffixes(rotated, size, order, scratch);
  const own = start == 0 ? 0 : size - start;
  for (let i = 0; i < size; i++) {
    if (load<i32>(order + 4 * i) == own) origin = i;
  }
}

/** Two candidates run along each other; where they differ, the greater one and all starts it has passed are out. */
function smallestRotation(size: i32): i32 {
  let a = 0, b = 1, same = 0;
  while (a < size && b < size && same < size) {
    const left = load<u8>(block + wrap(a + same, size)), right = load<u8>(block + wrap(b + same, size));
    if (left == right) {
      same++;
      continue;
    }
    if (left > right) a += same + 1;
    else b += same + 1;
    if (a == b) b++;
    same = 0;
  }
  return min(a, b);
}

function wrap(at: i32, size: i32): i32 {
  return at >= size ? at - size : at;
}

function markUsed(size: i32): void {
  memory.fill(occurs, 0, 256);
  for (let i = 0; i < size; i++) store<u8>(occurs + load<u8>(block + i), 1);
  used = 0;
  for (let byte = 0; byte < 256; byte++) {
    if (load<u8>(occurs + byte) == 0) continue;
    store<u8>(indexes + byte, <u8> used);
    used++;
  }
}

/** The last byte of each rotation as its place in a list that moves it to the front. */
function codePlaces(size: i32): void {
  memory.fill(frequencies, 0, 4 * 258);
  symbolCount = 0;
  for (let i = 0; i < used; i++) store<u8>(front + i, <u8> i);
  let zeros = 0;
  for (let i = 0; i < size; i++) {
    const start = load<i32>(order + 4 * i);
    const byte = load<u8>(indexes + load<u8>(rotated + (start == 0 ? size : start) - 1));
    let previous = load<u8>(front);
    if (byte == previous) {
      zeros++;
      continue;
    }
    putZeros(zeros);
    zeros = 0;
    let index = 0;
    while (previous != byte) {
      const next = load<u8>(front + ++index);
      store<u8>(front + index, previous);
      previous = next;
    }
    store<u8>(front, byte);
    putSymbol(index + 1);
  }
  putZeros(zeros);
  putSymbol(used + 1);
}

/** A number of zeros in the digits 1 and 2 of base 2, the smallest first, as symbols 0 and 1. */
function putZeros(count: i32): void {
  for (; count > 0; count = (count - 1) >> 1) putSymbol((count - 1) & 1);
}

function putSymbol(symbol: i32): void {
  store<u16>(symbols + 2 * symbolCount++, <u16> symbol);
  const frequency = frequencies + 4 * symbol;
  store<u32>(frequency, load<u32>(frequency) + 1);
}
