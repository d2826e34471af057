// Decodes bzip2 streams, however the input is cut: a block's symbols are read as they come, and its plain data, which
// may be fifty times as long as the block, is made in pieces.

import { crcByte, crcStart } from "./bzip2_crc";

const INPUT: usize = 1 << 20;
/** More than the tables in front of a block's symbols can sensibly need; they are read in one go. */
const TABLES_MAX: usize = 1 << 16;
const OUTPUT: usize = 256 << 10;
const BLOCK_MAX: usize = 900000;

const MAGIC_BLOCK: u64 = 0x314159265359;
const MAGIC_END: u64 = 0x177245385090;

/** What `step` returns besides a number of bytes of output. */
const NEED_INPUT: i32 = 0;
const NO_STREAM: i32 = -1;
const CONTRADICTION: i32 = -2;
const WRONG_CHECKSUM: i32 = -3;
const RANDOMISED: i32 = -4;

const input: usize = memory.data(<i32> (TABLES_MAX + INPUT + 16), 16);
export const output: usize = memory.data(<i32> OUTPUT, 16);

/** The transformed block, and in the upper 24 bits the way through it. */
const chain: usize = memory.data(4 * <i32> BLOCK_MAX, 16);
const front: usize = memory.data(256);
const counts: usize = memory.data(4 * 256, 4);
const selectors: usize = memory.data(1 << 15);

const CODES: usize = 258;
const LENGTH_MAX: u32 = 20;
const FAST_BITS: u32 = 10;
/** Per table: symbols in the order of their codes, the greatest code of each length, what leads from code to symbol. */
const lengths: usize = memory.data(258);
const ordered: usize = memory.data(6 * 258 * 2, 2);
const limits: usize = memory.data(6 * 22 * 4, 4);
const bases: usize = memory.data(6 * 22 * 4, 4);
/** Per table, by the next 10 bits: symbol << 5 | length, 0 for a longer code. */
const fast: usize = memory.data(6 * 2 * 1024, 2);

/** Where in the format the next bit stands. */
const AT_STREAM = 0;
const AT_BLOCK = 1;
const AT_SYMBOLS = 2;
const AT_PLAIN = 3;
let place: i32;

/** The input that is there, in bits from `input`. */
let at: usize;
let filled: usize;
/** Bytes that were moved out of the window. */
let passed: u64;
let streams: u32;

let blockMax: usize;
let blockCrc: u32;
let streamCrc: u32;
let origin: u32;
let used: u32;
let selectorCount: u32;

let group: u32;
let groupLeft: u32;
let table: u32;
let size: usize;
let run: usize;
let runWeight: usize;

let left: usize;
let position: u32;
let crc: u32;
let last: i32;
let same: u32;
let repeat: u32;

export function begin(): void {
  place = AT_STREAM;
  at = filled = 0;
  passed = 0;
  streams = 0;
}

/** Where the next input (at most 1 MiB) goes. */
export function room(): usize {
  const from = at >> 3;
  memory.copy(input, input + from, filled - from);
  filled -= from;
  at &= 7;
  passed += from;
  return input + filled;
}

export function add(count: usize): void {
  filled += count;
}

/** Bytes of input used so far; those behind are looked at but not settled. */
export function offset(): f64 {
  return <f64> (passed + (at >> 3));
}

/** Whether a stream has just ended and no byte follows. */
export function ended(): bool {
  return place == AT_STREAM && at >> 3 == filled && streams > 0;
}

/** Works until 256 KiB of output are made or the input is used up; returns the size of the output or a code. */
export function step(): i32 {
  while (true) {
    let state = 1;
    if (place == AT_STREAM) state = startStream();
    else if (place == AT_BLOCK) state = startBlock();
    else if (place == AT_SYMBOLS) state = readSymbols();
    else return makePlain();
    if (state <= 0) return state;
  }
}

/** The next bits, at least 57 of them, from the top of the word. */

function peek(): u64 {
  return bswap(load<u64>(input + (at >> 3))) << <u64> (at & 7);
}

function bits(count: u32): u32 {
  const value = <u32> (peek() >> <u64> (64 - count));
  at += count;
  return value;
}

function missing(): bool {
  return at > filled << 3;
}

function startStream(): i32 {
  const from = at >> 3;
  for (let i: usize = 0; i < 4; i++) {
    if (from + i >= filled) return NEED_INPUT;
    const byte = load<u8>(input + from + i);
    if (i == 3 ? byte < 0x31 || byte > 0x39 : byte != <u8> (0x685a42 >> 8 * <u32> i)) return NO_STREAM;
  }
  blockMax = 100000 * <usize> (load<u8>(input + from, 3) - 0x30);
  at += 32;
  streamCrc = 0;
  place = AT_BLOCK;
  return 1;
}

function startBlock(): i32 {
  const from = at;
  if (at + 80 > filled << 3) return NEED_INPUT;
  const magic = peek() >> 16;
  at += 48;
  const sum = bits(32);
  if (magic == MAGIC_END) {
    if (sum != streamCrc) return WRONG_CHECKSUM;
    at = (at + 7) & ~7;
    streams++;
    place = AT_STREAM;
    return 1;
  }
  if (magic != MAGIC_BLOCK) return CONTRADICTION;
  blockCrc = sum;
  const state = readTables();
  if (missing()) {
    const waiting = filled - (from >> 3);
    at = from;
    return waiting > TABLES_MAX ? CONTRADICTION : NEED_INPUT;
  }
  if (state > 0) place = AT_SYMBOLS;
  return state;
}

/** Everything between a block's checksum and its symbols. */
function readTables(): i32 {
  if (bits(1) != 0) return RANDOMISED;
  origin = bits(24);
  readUsed();
  const tables = bits(3);
  selectorCount = bits(15);
  if (used == 0 || tables < 2 || tables > 6 || selectorCount == 0) return CONTRADICTION;
  if (!readSelectors(tables)) return CONTRADICTION;
  for (let i: u32 = 0; i < tables; i++) {
    if (!readLengths() || !makeTable(i)) return CONTRADICTION;
  }
  memory.fill(counts, 0, 4 * 256);
  group = groupLeft = 0;
  size = run = 0;
  runWeight = 1;
  return 1;
}

/** The bytes that occur, in the order of the move-to-front list. */
function readUsed(): void {
  const rows = bits(16);
  used = 0;
  for (let i: u32 = 0; i < 16; i++) {
    if ((rows >> (15 - i) & 1) == 0) continue;
    const row = bits(16);
    for (let j: u32 = 0; j < 16; j++) {
      if ((row >> (15 - j) & 1) != 0) store<u8>(front + used++, <u8> (16 * i + j));
    }
  }
}

/** Which table each group of 50 symbols uses, as a move-to-front list of tables. */
function readSelectors(tables: u32): bool {
  let order: u64 = 0x050403020100;
  for (let i: u32 = 0; i < selectorCount; i++) {
    let index: u64 = 0;
    while (bits(1) != 0) {
      if (++index >= tables) return false;
    }
    const below = (<u64> 1 << 8 * index) - 1;
    const chosen = order >> 8 * index & 255;
    order = (order & ~(below << 8 | 255)) | (order & below) << 8 | chosen;
    store<u8>(selectors + i, <u8> chosen);
    if (missing()) return false;
  }
  return true;
}

/** Code lengths of one table, each given by steps from the one before. */
function readLengths(): bool {
  let length = bits(5);
  for (let i: u32 = 0; i < used + 2; i++) {
    while (true) {
      if (length < 1 || length > LENGTH_MAX || missing()) return false;
      if (bits(1) == 0) break;
      length += bits(1) == 0 ? 1 : -1;
    }
    store<u8>(lengths + i, <u8> length);
  }
  return true;
}

/** From the lengths the codes: the shorter and, at the same length, the symbol that comes first has the smaller one. */
function makeTable(index: u32): bool {
  const symbols = ordered + index * <u32> CODES * 2;
  const limit = limits + index * 88;
  const base = bases + index * 88;
  const quick = fast + index * 2048;
  memory.fill(quick, 0, 2048);
  let code: u32 = 0;
  let count: u32 = 0;
  for (let length: u32 = 1; length <= LENGTH_MAX; length++) {
    store<u32>(base + 4 * length, count - code);
    for (let symbol: u32 = 0; symbol < used + 2; symbol++) {
      if (load<u8>(lengths + symbol) != length) continue;
      if (code >> length != 0) return false;
      if (length <= FAST_BITS) {
        const first = code << (FAST_BITS - length);
        const end = (code + 1) << (FAST_BITS - length);
        for (let i = first; i < end; i++) store<u16>(quick + 2 * i, <u16> (symbol << 5 | length));
      }
      store<u16>(symbols + 2 * count++, <u16> symbol);
      code++;
    }
    store<u32>(limit + 4 * length, code);
    code <<= 1;
  }
  return true;
}

/** Next symbol of the table at hand; -1 when the input ends inside it, -2 when no code is like that. */

function readSymbol(): i32 {
  const ahead = <u32> (peek() >> (64 - LENGTH_MAX));
  const entry = <u32> load<u16>(fast + table * 2048 + (ahead >> (LENGTH_MAX - FAST_BITS) << 1));
  let length = entry & 31;
  let symbol = entry >> 5;
  if (length == 0) {
    length = FAST_BITS + 1;
    while (length <= LENGTH_MAX && ahead >> (LENGTH_MAX - length) >= load<u32>(limits + table * 88 + 4 * length)) {
      length++;
    }
    if (length > LENGTH_MAX) return at + LENGTH_MAX > filled << 3 ? -1 : -2;
    const index = (ahead >> (LENGTH_MAX - length)) + load<u32>(bases + table * 88 + 4 * length);
    symbol = <u32> load<u16>(ordered + table * <u32> CODES * 2 + 2 * index);
  }
  if (at + length > filled << 3) return -1;
  at += length;
  return symbol;
}

/** Symbols to bytes: runs of the front of the list, or a place in the list, which then moves to the front. */
function readSymbols(): i32 {
  while (true) {
    if (groupLeft == 0) {
      if (group == selectorCount) return CONTRADICTION;
      table = load<u8>(selectors + group++);
      groupLeft = 50;
    }
    const symbol = readSymbol();
    if (symbol < 0) return symbol == -1 ? NEED_INPUT : CONTRADICTION;
    groupLeft--;
    if (symbol < 2) {
      if (runWeight > BLOCK_MAX) return CONTRADICTION;
      run += runWeight << symbol;
      runWeight <<= 1;
      continue;
    }
    if (run > 0 && !putRun()) return CONTRADICTION;
    if (symbol == <i32> used + 1) return startPlain();
    if (size == blockMax) return CONTRADICTION;
    const index = <usize> (symbol - 1);
    const byte = load<u8>(front + index);
    for (let i = index; i > 0; i--) store<u8>(front + i, load<u8>(front + i - 1));
    store<u8>(front, byte);
    store<u32>(counts + 4 * <usize> byte, load<u32>(counts + 4 * <usize> byte) + 1);
    store<u32>(chain + 4 * size++, byte);
  }
}

function putRun(): bool {
  if (run > blockMax - size) return false;
  const byte = load<u8>(front);
  const count = counts + 4 * <usize> byte;
  store<u32>(count, load<u32>(count) + <u32> run);
  for (; run > 0; run--) store<u32>(chain + 4 * size++, byte);
  runWeight = 1;
  return true;
}

/** Turns the block round: every entry learns where the byte behind it stands. */
function startPlain(): i32 {
  if (size == 0 || origin >= <u32> size) return CONTRADICTION;
  let sum: u32 = 0;
  for (let i: usize = 0; i < 256; i++) {
    const count = load<u32>(counts + 4 * i);
    store<u32>(counts + 4 * i, sum);
    sum += count;
  }
  for (let i: usize = 0; i < size; i++) {
    const next = counts + 4 * <usize> load<u8>(chain + 4 * i);
    const to = chain + 4 * <usize> load<u32>(next);
    store<u32>(next, load<u32>(next) + 1);
    store<u32>(to, load<u32>(to) | <u32> i << 8);
  }
  left = size;
  position = load<u32>(chain + 4 * <usize> origin) >> 8;
  crc = crcStart();
  last = -1;
  same = repeat = 0;
  place = AT_PLAIN;
  return 1;
}

/** Plain bytes: four equal ones are followed by how many more there are. */
function makePlain(): i32 {
  let to = output;
  const end = output + OUTPUT;
  while (to < end) {
    if (repeat > 0) {
      crc = crcByte(crc, last);
      store<u8>(to++, <u8> last);
      repeat--;
      continue;
    }
    if (left == 0) break;
    const entry = load<u32>(chain + 4 * <usize> position);
    const byte = <i32> (entry & 255);
    position = entry >> 8;
    left--;
    if (same == 4) {
      repeat = byte;
      same = 0;
      continue;
    }
    same = byte == last ? same + 1 : 1;
    last = byte;
    crc = crcByte(crc, byte);
    store<u8>(to++, <u8> byte);
  }
  if (left == 0 && repeat == 0) {
    place = AT_BLOCK;
    if (~crc != blockCrc) return WRONG_CHECKSUM;
    streamCrc = rotl(streamCrc, 1) ^ blockCrc;
  }
  return to > output ? <i32> (to - output) : step();
}
