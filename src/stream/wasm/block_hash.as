// XXH3 with 128 bits, seed 0 and the default secret, in one go over the blocks of a file (AssemblyScript). Of the two
// halves the high one comes first, each with its most significant byte first: the canonical form.

const PRIME32_1: u64 = 0x9e3779b1;
const PRIME32_2: u64 = 0x85ebca77;
const PRIME32_3: u64 = 0xc2b2ae3d;
const PRIME64_1: u64 = 0x9e3779b185ebca87;
const PRIME64_2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME64_3: u64 = 0x165667b19e3779f9;
const PRIME64_4: u64 = 0x85ebca77c2b2ae63;
const PRIME64_5: u64 = 0x27d4eb2f165667c5;
const AVALANCHE: u64 = 0x165667919e3779f9;
const RRMXMX: u64 = 0x9fb21c651e98df25;

const SECRET_SIZE: usize = 192;
const secret: usize = memory.data<u64>([
  0xbe4ba423396cfeb8,
  0x1cad21f72c81017c,
  0xdb979083e96dd4de,
  0x1f67b3b7a4a44072,
  0x78e5c0cc4ee679cb,
  0x2172ffcc7dd05a82,
  0x8e2443f7744608b8,
  0x4c263a81e69035e0,
  0xcb00c391bb52283c,
  0xa32e531b8b65d088,
  0x4ef90da297486471,
  0xd8acdea946ef1938,
  0x3f349ce33f76faa8,
  0x1d4f0bc7c7bbdcf9,
  0x3159b4cd4be0518a,
  0x647378d9c97e9fc8,
  0xc3ebd33483acc5ea,
  0xeb6313faffa081c5,
  0x49daf0b751dd0d17,
  0x9e68d429265516d3,
  0xfca1477d58be162b,
  0xce31d07ad1b8f88f,
  0x280416958f3acb45,
  0x7e404bbbcafbd7af,
], 16);

/** Digests one `hash` leaves at most, and where. */
const DIGESTS: i32 = 1024;
export const digests: usize = memory.data(16 * DIGESTS, 16);

/** The eight sums of a long input. */
const sums: usize = memory.data(64, 16);

/** Where the caller puts bytes: behind everything else. */
export const input: usize = (__heap_base + 15) & ~15;

/** Makes room for so many bytes at `input`; the caller's views of the memory are void if it grows. */
export function reserve(size: usize): void {
  const pages = <i32> ((input + size + 0xffff) >> 16);
  const more = pages - memory.size();
  if (more > 0 && memory.grow(more) < 0) unreachable();
}

/** Hashes what lies at `input`: `count` blocks of `size` bytes, at most 1024, one behind the other. */
export function hash(count: u32, size: usize): void {
  for (let i: u32 = 0; i < count; i++) digest(input + <usize> i * size, size, digests + 16 * i);
}

/** High half of the product the last `multiply` made. */
let productHigh: u64 = 0;

/** Low half of a product of 128 bits. */
function multiply(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff, aHigh = a >> 32, bLow = b & 0xffffffff, bHigh = b >> 32;
  const low = aLow * bLow;
  const first = aHigh * bLow + (low >> 32);
  const second = aLow * bHigh + (first & 0xffffffff);
  productHigh = aHigh * bHigh + (first >> 32) + (second >> 32);
  return second << 32 | low & 0xffffffff;
}

function fold(a: u64, b: u64): u64 {
  const low = multiply(a, b);
  return low ^ productHigh;
}

function avalanche(value: u64): u64 {
  let h = value ^ value >> 37;
  h *= AVALANCHE;
  return h ^ h >> 32;
}

/** The avalanche of XXH64, which short inputs use. */
function avalanche64(value: u64): u64 {
  let h = value ^ value >> 33;
  h *= PRIME64_2;
  h ^= h >> 29;
  h *= PRIME64_3;
  return h ^ h >> 32;
}

function put(to: usize, high: u64, low: u64): void {
  store<u64>(to, bswap(high));
  store<u64>(to, bswap(low), 8);
}

function digest(at: usize, size: usize, to: usize): void {
  if (size > 240) digestLong(at, size, to);
  else if (size > 16) digestMiddle(at, size, to);
  else if (size > 8) digest16(at, size, to);
  else if (size > 3) digest8(at, size, to);
  else if (size > 0) digest3(at, size, to);
  else {
    const high = avalanche64(load<u64>(secret, 80) ^ load<u64>(secret, 88));
    put(to, high, avalanche64(load<u64>(secret, 64) ^ load<u64>(secret, 72)));
  }
}

function digest3(at: usize, size: usize, to: usize): void {
  const first: u32 = load<u8>(at), middle: u32 = load<u8>(at + (size >> 1)), last: u32 = load<u8>(at + size - 1);
  const low = first << 16 | middle << 24 | last | (<u32> size) << 8;
  const high = rotl(bswap(low), 13);
  const flipLow: u64 = load<u32>(secret) ^ load<u32>(secret, 4);
  const flipHigh: u64 = load<u32>(secret, 8) ^ load<u32>(secret, 12);
  put(to, avalanche64(<u64> high ^ flipHigh), avalanche64(<u64> low ^ flipLow));
}

function digest8(at: usize, size: usize, to: usize): void {
  const words = <u64> load<u32>(at) + (<u64> load<u32>(at + size - 4) << 32);
  const keyed = words ^ load<u64>(secret, 16) ^ load<u64>(secret, 24);
  let low = multiply(keyed, PRIME64_1 + (size << 2));
  const high = productHigh + (low << 1);
  low ^= high >> 3;
  low ^= low >> 35;
  low *= RRMXMX;
  low ^= low >> 28;
  put(to, avalanche(high), low);
}

function digest16(at: usize, size: usize, to: usize): void {
  const flipLow = load<u64>(secret, 32) ^ load<u64>(secret, 40);
  const flipHigh = load<u64>(secret, 48) ^ load<u64>(secret, 56);
  const first = load<u64>(at);
  let last = load<u64>(at + size - 8);
  let low = multiply(first ^ last ^ flipLow, PRIME64_1);
  let high = productHigh;
  low += <u64> (size - 1) << 54;
  last ^= flipHigh;
  high += last + (last & 0xffffffff) * (PRIME32_2 - 1);
  low ^= bswap(high);
  const mixed = multiply(low, PRIME64_2);
  put(to, avalanche(productHigh + high * PRIME64_2), avalanche(mixed));
}

let low: u64 = 0;
let high: u64 = 0;

function mix16(at: usize, key: usize): u64 {
  return fold(load<u64>(at) ^ load<u64>(key), load<u64>(at, 8) ^ load<u64>(key, 8));
}

function mix32(first: usize, second: usize, key: usize): void {
  low += mix16(first, key);
  low ^= load<u64>(second) + load<u64>(second, 8);
  high += mix16(second, key + 16);
  high ^= load<u64>(first) + load<u64>(first, 8);
}

/** 17 to 240 bytes. */
function digestMiddle(at: usize, size: usize, to: usize): void {
  low = size * PRIME64_1;
  high = 0;
  if (size <= 128) {
    for (let i = <isize> (size - 1) / 32; i >= 0; i--) mix32(at + 16 * i, at + size - 16 * (i + 1), secret + 32 * i);
  } else {
    for (let i: usize = 0; i < 128; i += 32) mix32(at + i, at + i + 16, secret + i);
    low = avalanche(low);
    high = avalanche(high);
    for (let i: usize = 128; i + 32 <= size; i += 32) mix32(at + i, at + i + 16, secret + i - 125);
    lastOfMiddle(at, size);
  }
  const sum = low + high;
  const product = low * PRIME64_1 + high * PRIME64_4 + <u64> size * PRIME64_2;
  put(to, 0 - avalanche(product), avalanche(sum));
}

/** The last 32 bytes, with halves in the other order. */
function lastOfMiddle(at: usize, size: usize): void {
  mix32(at + size - 16, at + size - 32, secret + 103);
}

function stripe(sum: v128, data: v128, key: v128): v128 {
  const keyed = v128.xor(data, key);
  const product = i64x2.extmul_low_i32x4_u(
    v128.shuffle<u32>(keyed, keyed, 0, 2, 0, 2),
    v128.shuffle<u32>(keyed, keyed, 1, 3, 1, 3),
  );
  return i64x2.add(i64x2.add(sum, product), v128.shuffle<u64>(data, data, 1, 0));
}

function scramble(sum: v128, key: v128): v128 {
  const mixed = v128.xor(v128.xor(sum, i64x2.shr_u(sum, 47)), key);
  return i64x2.mul(mixed, i64x2.splat(PRIME32_1));
}

/** More than 240 bytes: stripes of 64 bytes, after 16 of which the sums are scrambled. */
function digestLong(at: usize, size: usize, to: usize): void {
  let a = i64x2(PRIME32_3, PRIME64_1);
  let b = i64x2(PRIME64_2, PRIME64_3);
  let c = i64x2(PRIME64_4, PRIME32_2);
  let d = i64x2(PRIME64_5, PRIME32_1);
  const stripes = (size - 1) >> 6;
  let key = secret;
  for (let i: usize = 0; i < stripes; i++) {
    const data = at + (i << 6);
    a = stripe(a, v128.load(data), v128.load(key));
    b = stripe(b, v128.load(data, 16), v128.load(key, 16));
    c = stripe(c, v128.load(data, 32), v128.load(key, 32));
    d = stripe(d, v128.load(data, 48), v128.load(key, 48));
    key += 8;
    if ((i & 15) != 15) continue;
    const end = secret + SECRET_SIZE - 64;
    a = scramble(a, v128.load(end));
    b = scramble(b, v128.load(end, 16));
    c = scramble(c, v128.load(end, 32));
    d = scramble(d, v128.load(end, 48));
    key = secret;
  }
  const tail = at + size - 64, last = secret + SECRET_SIZE - 64 - 7;
  v128.store(sums, stripe(a, v128.load(tail), v128.load(last)));
  v128.store(sums, stripe(b, v128.load(tail, 16), v128.load(last, 16)), 16);
  v128.store(sums, stripe(c, v128.load(tail, 32), v128.load(last, 32)), 32);
  v128.store(sums, stripe(d, v128.load(tail, 48), v128.load(last, 48)), 48);
  const length: u64 = size;
  const highHalf = merged(secret + SECRET_SIZE - 64 - 11, ~(length * PRIME64_2));
  put(to, highHalf, merged(secret + 11, length * PRIME64_1));
}

function merged(key: usize, start: u64): u64 {
  let sum = start;
  for (let i: usize = 0; i < 64; i += 16) {
    sum += fold(load<u64>(sums + i) ^ load<u64>(key + i), load<u64>(sums + i, 8) ^ load<u64>(key + i, 8));
  }
  return avalanche(sum);
}
