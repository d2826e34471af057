// PostgreSQL's page checksum (AssemblyScript). A page is rows of 32 words; each of the 32 columns has its own sum.
// Eight vectors of four columns go through the rows together.

const PRIME: v128 = i32x4.splat(16777619);

/** Offsets in a page header. */
const CHECKSUM_AT: usize = 8;
const UPPER_AT: usize = 14;

/** Where the caller puts pages: room for 1 MiB and the piece of a page left over from before. */
export const pages: usize = memory.data((1 << 20) + (32 << 10), 16);
/** Where `check` lists the indexes of bad pages: room for that many pages of 1 KiB. */
export const bad: usize = memory.data(4 * (1024 + 32), 4);

function round(sum: v128, value: v128): v128 {
  const mixed = v128.xor(sum, value);
  return v128.xor(i32x4.mul(mixed, PRIME), i32x4.shr_u(mixed, 17));
}

function isZero(page: usize, size: usize): bool {
  for (let at = page; at < page + size; at += 16) {
    if (v128.any_true(v128.load(at))) return false;
  }
  return true;
}

/** The checksum of the page as it stands in memory; its checksum field must be zero. */
function checksum(page: usize, size: usize, block: u32): u32 {
  let a = i32x4(0x5b1f36e9, 0xb8525960, 0x02ab50aa, 0x1de66d2a);
  let b = i32x4(0x79ff467a, 0x9bb9f8a3, 0x217e7cd2, 0x83e13d2c);
  let c = i32x4(0xf8d4474f, 0xe39eb970, 0x42c6ae16, 0x993216fa);
  let d = i32x4(0x7b093b5d, 0x98daff3c, 0xf718902a, 0x0b1c9cdb);
  let e = i32x4(0xe58f764b, 0x187636bc, 0x5d7b3bb1, 0xe73de7de);
  let f = i32x4(0x92bec979, 0xcca6c0b2, 0x304a0979, 0x85aa43d4);
  let g = i32x4(0x783125bb, 0x6ca8eaa2, 0xe407eac6, 0x4b5cfc3e);
  let h = i32x4(0x9fbf8c76, 0x15ca20be, 0xf2ca9fd3, 0x959bd756);
  for (let row = page; row < page + size; row += 128) {
    a = round(a, v128.load(row));
    b = round(b, v128.load(row, 16));
    c = round(c, v128.load(row, 32));
    d = round(d, v128.load(row, 48));
    e = round(e, v128.load(row, 64));
    f = round(f, v128.load(row, 80));
    g = round(g, v128.load(row, 96));
    h = round(h, v128.load(row, 112));
  }
  const zero = i32x4.splat(0);
  for (let i = 0; i < 2; i++) {
    a = round(a, zero);
    b = round(b, zero);
    c = round(c, zero);
    d = round(d, zero);
    e = round(e, zero);
    f = round(f, zero);
    g = round(g, zero);
    h = round(h, zero);
  }
  const left = v128.xor(v128.xor(a, b), v128.xor(c, d));
  const right = v128.xor(v128.xor(e, f), v128.xor(g, h));
  const all = v128.xor(left, right);
  const folded = i32x4.extract_lane(all, 0) ^ i32x4.extract_lane(all, 1) ^ i32x4.extract_lane(all, 2) ^
    i32x4.extract_lane(all, 3);
  return ((<u32> folded) ^ block) % 65535 + 1;
}

function isValid(page: usize, size: usize, block: u32, headerCheck: bool): bool {
  const stored: u32 = load<u16>(page, CHECKSUM_AT);
  const suspect = headerCheck ? load<u16>(page, UPPER_AT) == 0 : stored == 0;
  if (suspect) return isZero(page, size);
  store<u16>(page, 0, CHECKSUM_AT);
  const valid = checksum(page, size, block) == stored;
  store<u16>(page, <u16> stored, CHECKSUM_AT);
  return valid;
}

/** Checks `count` pages at `pages`, the first being relation-wide `block`; returns how many bad ones are listed. */
export function check(count: u32, size: usize, block: u32, headerCheck: bool): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (isValid(pages + <usize> i * size, size, block + i, headerCheck)) continue;
    store<u32>(bad + 4 * found, i);
    found++;
  }
  return found;
}
