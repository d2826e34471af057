// XXH32 with seed 0, in one go and over data that comes in pieces.

const P1: u32 = 2654435761;
const P2: u32 = 2246822519;
const P3: u32 = 3266489917;
const P4: u32 = 668265263;
const P5: u32 = 374761393;

let a: u32, b: u32, c: u32, d: u32;
let total: u64;
/** Bytes that do not fill a stripe of 16 yet. */
const stripe: usize = memory.data(16, 4);
let held: u32;

function round(sum: u32, at: usize): u32 {
  return rotl(sum + load<u32>(at) * P2, 13) * P1;
}

export function hashStart(): void {
  a = P1 + P2;
  b = P2;
  c = 0;
  d = 0 - P1;
  total = 0;
  held = 0;
}

export function hashUpdate(at: usize, size: usize): void {
  total += size;
  const end = at + size;
  if (held > 0) {
    while (held < 16 && at < end) store<u8>(stripe + held++, load<u8>(at++));
    if (held < 16) return;
    stripes(stripe, stripe + 16);
    held = 0;
  }
  at = stripes(at, end);
  while (at < end) store<u8>(stripe + held++, load<u8>(at++));
}

/** Takes all whole stripes; returns where the rest begins. */
function stripes(at: usize, end: usize): usize {
  let w = a, x = b, y = c, z = d;
  for (; at + 16 <= end; at += 16) {
    w = round(w, at);
    x = round(x, at + 4);
    y = round(y, at + 8);
    z = round(z, at + 12);
  }
  a = w;
  b = x;
  c = y;
  d = z;
  return at;
}

export function hashEnd(): u32 {
  let sum = total >= 16 ? rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18) : P5;
  sum += <u32> total;
  let at = stripe;
  const end = stripe + held;
  for (; at + 4 <= end; at += 4) sum = rotl(sum + load<u32>(at) * P3, 17) * P4;
  for (; at < end; at++) sum = rotl(sum + <u32> load<u8>(at) * P5, 11) * P1;
  sum = (sum ^ (sum >> 15)) * P2;
  sum = (sum ^ (sum >> 13)) * P3;
  return sum ^ (sum >> 16);
}

/** The hash of something short; the one under way goes on afterwards. */
export function hashOnce(at: usize, size: usize): u32 {
  const w = a, x = b, y = c, z = d, all = total, count = held, bytes = v128.load(stripe);
  hashStart();
  hashUpdate(at, size);
  const sum = hashEnd();
  a = w;
  b = x;
  c = y;
  d = z;
  total = all;
  held = count;
  v128.store(stripe, bytes);
  return sum;
}
