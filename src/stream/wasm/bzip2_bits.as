// Output of bzip2 as bits, most significant first.

/** Room for what a block of incompressible bytes becomes, and for the tables in front of it. */
const OUTPUT: i32 = 2 << 20;
export const output: usize = memory.data(OUTPUT, 16);

let made: usize;
let held: u64;
let heldBits: u32;

export function bitsStart(): void {
  made = 0;
  held = 0;
  heldBits = 0;
}

/** Puts the lower `count` (at most 32) bits of a value. */
export function put(count: u32, value: u32): void {
  held = held << count | value;
  heldBits += count;
  while (heldBits >= 8) {
    heldBits -= 8;
    store<u8>(output + made++, <u8> (held >> heldBits));
  }
}

export function putMagic(magic: u64): void {
  put(24, <u32> (magic >> 24));
  put(24, <u32> magic & 0xffffff);
}

/** Fills the last byte with zeros. */
export function putEnd(): void {
  if (heldBits > 0) put(8 - heldBits, 0);
}

/** Whole bytes that wait. */
export function waiting(): usize {
  return made;
}

/** Says that the output has been taken. */
export function taken(): void {
  made = 0;
}
