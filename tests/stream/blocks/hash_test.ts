import { assertEquals } from "@std/assert";
import { BlockHasher } from "../../../src/stream/blocks/hash.ts";
import type { Chunk } from "../../../src/stream/chunk.ts";
import { cutRandomly, mixture, text } from "../samples.ts";

/** Blocks as `length:checksum`. */
function hashed(chunks: Chunk[], shape: { size: number; checksumSize: number }): string[] {
  using hasher = new BlockHasher(shape);
  const found: string[] = [];
  const take = (bytes: Uint8Array, checksum: Uint8Array) => void found.push(`${bytes.length}:${checksum.toHex()}`);
  for (const chunk of chunks) hasher.push(chunk, take);
  hasher.end(take);
  return found;
}

const zeros = (size: number) => new Uint8Array(size);

/** Source: section 15 of the repository notes, and hash-wasm 4.13.0 for the lengths that are not in it. */
const VECTORS: [name: string, bytes: Chunk, hash: string][] = [
  ["one byte", text("a"), "a96faf705af16834e6c632b61e964e1f"],
  ["4 bytes", text("TAIL"), "956dd9499e7c4b064ee736395a56170e"],
  ["7 bytes", text("block 1"), "86c6789c46eab9eb8d1c8207c0aeed5b"],
  ["12 bytes", text("0123456789ab"), "4cbc2b55015fe6467780599838f348c8"],
  ["160 digits", text("0000".repeat(40)), "505753794487e915fe2d782913fd03d4"],
  ["200 letters", text("TAIL".repeat(50)), "a34ddfe29e8b17b281deba0bdb697048"],
  ["1021 digits", text(`${"0000".repeat(255)}1`), "a24ec51708af2693276b349c0742e272"],
  ["16 zeros", zeros(16), "e5189a9599e3f86205ea23ef06e28b2d"],
  ["17 zeros", zeros(17), "a3d7e4cef35b1f44c2915ca0df7ad4c1"],
  ["128 zeros", zeros(128), "d3c4f706d8fc547f093c29f27ecfcf21"],
  ["129 zeros", zeros(129), "5dc489d54b6d88d4dd4911635f2c7a91"],
  ["240 zeros", zeros(240), "0550e1dd88b6c17ca499f0a80fd3850a"],
  ["241 zeros", zeros(241), "b9b45065a364c5b95c5b5d5d40c59ce3"],
  ["8192 zeros", zeros(8192), "6c8a36bd5451c725620797930ab0991a"],
  ["90112 zeros", zeros(90112), "d7aa17f651c62cc0c9bff169deda59c6"],
  ["8192 digits", text("0000".repeat(2048)), "8853010241442e798a2427818be03dff"],
  ["100 letters", text("TAIL".repeat(25)), "3b797721cb4ac2545895f4b00cac3779"],
];

for (const [name, bytes, hash] of VECTORS) {
  Deno.test(`the hash of ${name} is that of the reference`, () => {
    assertEquals(hashed([bytes], { size: 1024 * 1024, checksumSize: 16 }), [`${bytes.length}:${hash}`]);
  });
}

Deno.test("nothing has no block", () => assertEquals(hashed([], { size: 8192, checksumSize: 6 }), []));

Deno.test("blocks are the same whatever pieces they come in, the last one short", () => {
  const bytes = mixture(700_001, 4);
  for (const size of [8192, 24576, 90112, 1_000_000]) {
    const shape = { size, checksumSize: 7 };
    const whole = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => {
      return hashed([bytes.slice(i * size, (i + 1) * size)], { size: 1 << 20, checksumSize: 7 })[0]!;
    });
    assertEquals(hashed([bytes], shape), whole);
    for (const max of [100, 70_000, 1 << 20]) {
      assertEquals(hashed(cutRandomly(bytes, { seed: size, max }), shape), whole);
    }
  }
});

Deno.test("a checksum is the beginning of the hash", () => {
  const [long] = hashed([text("TAIL".repeat(25))], { size: 8192, checksumSize: 16 });
  for (const checksumSize of [6, 8, 12]) {
    const [short] = hashed([text("TAIL".repeat(25))], { size: 8192, checksumSize });
    assertEquals(short, long!.slice(0, 4 + 2 * checksumSize));
  }
});
