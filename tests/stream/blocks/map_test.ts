import { assert, assertEquals } from "@std/assert";
import { readBlockMap } from "../../../src/stream/blocks/map_read.ts";
import { writeBlockMap } from "../../../src/stream/blocks/map_write.ts";
import type { MappedBlock } from "../../../src/stream/blocks/map.ts";
import { randomNumbers } from "../../rig/dice.ts";
import { hex } from "../samples.ts";
import { thrown } from "../run.ts";

const SHAPE = { blockSize: 8192, checksumSize: 6 };

/** Examples (a) and (b) of section 9.5 of the repository notes. */
const FULL = hex(
  "00 07 02 ebb2b305 828020 10 885301024144 8dd97a2e8bdd 20af660926a3 bb7496881e86 0917da21e532 65f8070073b7 " +
    "be406df9e67c 0f24e46ac071 bbf32f 05 64 7e3efde71f38 1dcc65722e17 3b797721cb4a",
);
const INCR = hex(
  "00 06 02 ebb2b305 878020 10 04 885301024144 8dd97a2e8bdd 20af660926a3 0e 01 8040 ffff2f 04 00 dc44214464d9 " +
    "06 01 01 0917da21e532 0e 00 d8e1bcd815db 03 03 01 be406df9e67c 0f24e46ac071 bbf32f 05 64 " +
    "7e3efde71f38 1dcc65722e17 3b797721cb4a",
);

function shown({ reference, bundle, offset, size, plainSize, block }: MappedBlock): string {
  return `${reference}: ${bundle}/${offset}+${size} (${plainSize}) ${block}`;
}

Deno.test("the map of a full backup is read", () => {
  const blocks = readBlockMap(FULL, SHAPE);
  assertEquals(blocks.map(shown), [
    ...Array.from({ length: 8 }, (_, i) => `0: 2/11327851+65536 (65536) ${i}`),
    ...Array.from({ length: 3 }, (_, i) => `0: 2/11393387+16484 (16484) ${i}`),
  ]);
  assertEquals(blocks.at(-1)!.checksum.toHex(), "3b797721cb4a");
});

Deno.test("the map of an incremental backup says of each block which backup has it", () => {
  assertEquals(readBlockMap(INCR, SHAPE).map(shown), [
    ...[0, 1, 2].map((i) => `0: 2/11327851+65536 (65536) ${i}`),
    "1: 1/8192+16384 (16384) 0",
    "0: 2/11327851+65536 (65536) 4",
    "1: 1/8192+16384 (16384) 1",
    ...[6, 7].map((i) => `0: 2/11327851+65536 (65536) ${i}`),
    ...[0, 1, 2].map((i) => `0: 2/11393387+16484 (16484) ${i}`),
  ]);
});

for (const [name, map] of [["full", FULL], ["incremental", INCR]] as const) {
  Deno.test(`the map of the ${name} backup is written as it was read`, () => {
    assertEquals(writeBlockMap(readBlockMap(map, SHAPE), SHAPE).toHex(), map.toHex());
  });

  Deno.test(`the map of the ${name} backup cut at any byte is an error`, async () => {
    for (let cut = 0; cut < map.length; cut++) {
      const message = await thrown(() => Promise.try(() => readBlockMap(map.slice(0, cut), SHAPE)));
      assert(message.startsWith("29 invalid block map: "), message);
    }
  });

  Deno.test(`any other byte in the map of the ${name} backup is an error or other blocks, and no more`, () => {
    const next = randomNumbers(7);
    for (let at = 0; at < map.length; at++) {
      const bad = map.slice();
      bad[at]! ^= 1 + Math.floor(next() * 255);
      try {
        assert(readBlockMap(bad, SHAPE).length < 100_000);
      } catch (error) {
        assertEquals((error as { code?: number }).code, 29, `${error}`);
      }
    }
  });
}

for (
  const [name, map, shape] of [
    ["another version", hex("01 07"), SHAPE],
    ["something behind it", new Uint8Array([...FULL, 0]), SHAPE],
    ["a number of more than 53 bits", hex("00 ffffffffffffffffff01"), SHAPE],
    ["checksums of no bytes", FULL, { ...SHAPE, checksumSize: 0 }],
    ["checksums of more bytes than a hash has", FULL, { ...SHAPE, checksumSize: 17 }],
    ["blocks of no bytes", FULL, { ...SHAPE, blockSize: 0 }],
    // One block, but number 2 of a super block that has two.
    ["a block its super block does not have", hex("00 01 878020 04 01 02 885301024144"), SHAPE],
  ] as const
) {
  Deno.test(`a map with ${name} is refused`, async () => {
    const message = await thrown(() => Promise.try(() => readBlockMap(map, shape)));
    assert(message.startsWith("29 invalid block map: "), message);
  });
}

/** The map of a file after a number of backups, each of which changes some blocks and may cut or lengthen the file. */
function history(seed: number): MappedBlock[] {
  const next = randomNumbers(seed);
  const upTo = (most: number) => Math.floor(next() * most);
  let blocks: MappedBlock[] = [];
  for (let reference = 0; reference <= 1 + upTo(6); reference++) {
    const bundle = upTo(3);
    let offset = bundle === 0 ? 0 : upTo(1 << 20);
    const count = Math.max(1, blocks.length + upTo(30) - (reference === 0 ? 0 : 15));
    const changed = Array.from({ length: count }, (_, i) => i).filter((i) => i >= blocks.length || next() < 0.3);
    const now = blocks.slice(0, count);
    while (changed.length > 0) {
      const taken = changed.splice(0, 8);
      const plainSize = 8192 * taken.length - (taken.includes(count - 1) ? upTo(8191) : 0);
      const size = 1 + upTo(plainSize);
      for (const [block, i] of taken.entries()) {
        const checksum = crypto.getRandomValues(new Uint8Array(6));
        now[i] = { reference, bundle, offset, size, plainSize, block, checksum };
      }
      offset += size;
    }
    blocks = now;
  }
  return blocks;
}

Deno.test("what was written of any history is read again", () => {
  for (let seed = 0; seed < 500; seed++) {
    const blocks = history(seed);
    assertEquals(readBlockMap(writeBlockMap(blocks, SHAPE), SHAPE), blocks, `seed ${seed}`);
  }
});
