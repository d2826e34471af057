// Writes the symbols of a block with up to six Huffman tables; each group of 50 symbols uses the one that suits it best.

import { put } from "./bzip2_bits";
import { frequencies, symbolCount, symbols, used } from "./bzip2_transform";

const GROUP = 50;
const ROUNDS = 4;
/** The format allows 20; readers of the first years only 17. */
const LENGTH_MAX = 17;
const SYMBOLS = 258;
const SELECTORS = 18002;

/** Per table: code lengths, codes, and how often each symbol occurs in the groups that chose the table. */
const lengths: usize = memory.data(6 * SYMBOLS);
const codes: usize = memory.data(4 * 6 * SYMBOLS, 4);
const chosen: usize = memory.data(4 * 6 * SYMBOLS, 4);
const selectors: usize = memory.data(SELECTORS);

/** A Huffman tree under construction: weights, and the node above each. */
const weights: usize = memory.data(4 * 2 * SYMBOLS, 4);
const parents: usize = memory.data(4 * 2 * SYMBOLS, 4);

/** Writes everything from the number of tables to the end of the block. */
export function putSymbols(): void {
  const tables = symbolCount < 200 ? 2 : symbolCount < 600 ? 3 : symbolCount < 1200 ? 4 : symbolCount < 2400 ? 5 : 6;
  const groups = (symbolCount + GROUP - 1) / GROUP;
  guess(tables);
  for (let round = 0; round < ROUNDS; round++) {
    memory.fill(chosen, 0, 4 * 6 * SYMBOLS);
    for (let group = 0; group < groups; group++) choose(group, tables);
    for (let table = 0; table < tables; table++) findLengths(table);
  }
  put(3, tables);
  put(15, groups);
  putSelectors(groups);
  for (let table = 0; table < tables; table++) {
    putLengths(table);
    findCodes(table);
  }
  for (let group = 0; group < groups; group++) putGroup(group);
}

function lengthOf(table: i32, symbol: i32): usize {
  return lengths + table * SYMBOLS + symbol;
}

/** To begin with, every table is good for a part of the symbols, each part about equally frequent. */
function guess(tables: i32): void {
  let left = symbolCount;
  let from = 0;
  for (let table = 0; table < tables; table++) {
    const share = left / (tables - table);
    let sum = 0;
    let to = from;
    while (to < used + 2 && (sum < share || table == tables - 1)) sum += load<i32>(frequencies + 4 * to++);
    for (let symbol = 0; symbol < used + 2; symbol++) {
      store<u8>(lengthOf(table, symbol), symbol >= from && symbol < to ? 0 : 15);
    }
    from = to;
    left -= sum;
  }
}

function groupEnd(group: i32): i32 {
  return min(GROUP * (group + 1), symbolCount);
}

/** Finds the table in which a group is shortest, and counts the group's symbols for it. */
function choose(group: i32, tables: i32): void {
  let best = 0;
  let bestCost = i32.MAX_VALUE;
  for (let table = 0; table < tables; table++) {
    let cost = 0;
    for (let i = GROUP * group; i < groupEnd(group); i++) cost += load<u8>(lengthOf(table, load<u16>(symbols + 2 * i)));
    if (cost < bestCost) {
      best = table;
      bestCost = cost;
    }
  }
  store<u8>(selectors + group, <u8> best);
  for (let i = GROUP * group; i < groupEnd(group); i++) {
    const count = chosen + 4 * (best * SYMBOLS + load<u16>(symbols + 2 * i));
    store<u32>(count, load<u32>(count) + 1);
  }
}

/** Code lengths by Huffman's method; when one is too long, the weights are made more equal and it starts again. */
function findLengths(table: i32): void {
  const count = used + 2;
  for (let symbol = 0; symbol < count; symbol++) {
    store<u32>(weights + 4 * symbol, max<u32>(load<u32>(chosen + 4 * (table * SYMBOLS + symbol)), 1));
  }
  while (!tryLengths(table, count)) {
    for (let symbol = 0; symbol < count; symbol++) {
      store<u32>(weights + 4 * symbol, 1 + (load<u32>(weights + 4 * symbol) >> 1));
    }
  }
}

function tryLengths(table: i32, count: i32): bool {
  const root = 2 * count - 2;
  memory.fill(parents, 0, 4 * (root + 1));
  for (let node = count; node <= root; node++) {
    const a = lightest(node);
    store<i32>(parents + 4 * a, node);
    const b = lightest(node);
    store<i32>(parents + 4 * b, node);
    store<u32>(weights + 4 * node, load<u32>(weights + 4 * a) + load<u32>(weights + 4 * b));
  }
  for (let symbol = 0; symbol < count; symbol++) {
    let length = 0;
    for (let node = symbol; node != root; node = load<i32>(parents + 4 * node)) length++;
    if (length > LENGTH_MAX) return false;
    store<u8>(lengthOf(table, symbol), <u8> length);
  }
  return true;
}

/** The lightest node below `end` that has none above it. */
function lightest(end: i32): i32 {
  let best = -1;
  for (let node = 0; node < end; node++) {
    if (load<i32>(parents + 4 * node) != 0) continue;
    if (best < 0 || load<u32>(weights + 4 * node) < load<u32>(weights + 4 * best)) best = node;
  }
  return best;
}

/** Codes of one length are consecutive, in the order of the symbols. */
function findCodes(table: i32): void {
  let code: u32 = 0;
  for (let length = 1; length <= LENGTH_MAX; length++, code <<= 1) {
    for (let symbol = 0; symbol < used + 2; symbol++) {
      if (load<u8>(lengthOf(table, symbol)) == length) store<u32>(codes + 4 * (table * SYMBOLS + symbol), code++);
    }
  }
}

/** Each group's table as its place in a list that moves it to the front, in ones ended by a zero. */
function putSelectors(groups: i32): void {
  let order: u64 = 0x050403020100;
  for (let group = 0; group < groups; group++) {
    const table = <u64> load<u8>(selectors + group);
    let index: u64 = 0;
    while ((order >> 8 * index & 255) != table) index++;
    const below = (<u64> 1 << 8 * index) - 1;
    order = (order & ~(below << 8 | 255)) | (order & below) << 8 | table;
    for (; index > 0; index--) put(1, 1);
    put(1, 0);
  }
}

/** The first length, then for each symbol the steps up (10) or down (11) from the one before, ended by 0. */
function putLengths(table: i32): void {
  let length = load<u8>(lengthOf(table, 0));
  put(5, length);
  for (let symbol = 0; symbol < used + 2; symbol++) {
    const wanted = load<u8>(lengthOf(table, symbol));
    for (; length < wanted; length++) put(2, 2);
    for (; length > wanted; length--) put(2, 3);
    put(1, 0);
  }
}

function putGroup(group: i32): void {
  const table = <i32> load<u8>(selectors + group);
  for (let i = GROUP * group; i < groupEnd(group); i++) {
    const symbol = load<u16>(symbols + 2 * i);
    put(load<u8>(lengthOf(table, symbol)), load<u32>(codes + 4 * (table * SYMBOLS + symbol)));
  }
}
