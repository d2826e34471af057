// The CRC-32 of bzip2: most significant bit first, over the plain bytes of each block.

const table: usize = memory.data(4 * 256, 4);

export function crcStart(): u32 {
  if (load<u32>(table, 4) == 0) fillTable();
  return 0xffffffff;
}

function fillTable(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let crc = i << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc << 1 ^ (crc >> 31 != 0 ? 0x04c11db7 : 0);
    store<u32>(table + 4 * i, crc);
  }
}

export function crcByte(crc: u32, byte: u32): u32 {
  return crc << 8 ^ load<u32>(table + (<usize> (crc >> 24 ^ byte) << 2));
}
