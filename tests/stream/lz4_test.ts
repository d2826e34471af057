import { assert, assertEquals } from "@std/assert";
import { equal, testCodec } from "./decoder_table.ts";
import { concat, cutRandomly, hex, mixture, noise, text } from "./samples.ts";
import { runBytes, runStream, thrown } from "./run.ts";
import { testVectors } from "./vectors.ts";

testCodec({ type: "lz4", raw: false, levels: [1, -5, 0, 3, 9, 12] });
testCodec({ type: "lz4", raw: true, levels: [1, 9] });
testVectors("lz4");

const read = (stored: Uint8Array<ArrayBuffer>) => runBytes([{ stage: "decompress", type: "lz4" }], stored);

Deno.test("lz4 of PG_VERSION is what the peer stores", async () => {
  const write = async (raw: boolean) =>
    (await runBytes([{ stage: "compress", type: "lz4", level: 1, raw }], text("15\n"))).bytes.toHex();
  assertEquals(await write(true), "04224d184040c00300008031350a00000000");
  assertEquals((await write(false)).slice(0, 36), "04224d184440" + "5e" + "0300008031350a00000000");
});

Deno.test("lz4 of many blocks is read back, cut anywhere, at fast and thorough levels", async () => {
  const plain = concat(mixture(700_000, 1), new Uint8Array(200_000), noise(200_000, 2), mixture(2_000_000, 1));
  for (const level of [-3, 1, 5]) {
    const chunks = cutRandomly(plain, { seed: level + 9, max: 900_000 });
    const stored = await runStream([{ stage: "compress", type: "lz4", level }], chunks);
    const pieces = cutRandomly(stored.bytes, { seed: level + 10, max: 200_000 });
    const back = await runStream([{ stage: "decompress", type: "lz4" }], pieces);
    assert(equal(back.bytes, plain), `level ${level}`);
  }
});

/** Frame parts: a header with its checksum, a stored block `ABC`, the end mark. */
const HEADER = "04224d18 40 40 c0";
const ABC = "03000080 414243";
const END = "00000000";

const BAD: { name: string; stored: string; want: string }[] = [
  {
    name: "wrong header checksum",
    stored: "04224d18 40 40 c1" + ABC + END,
    want: "wrong header checksum after offset 4",
  },
  { name: "block bigger than announced", stored: HEADER + "01000180", want: "wrong block size after offset 7" },
  {
    name: "match before the start",
    stored: HEADER + "05000000 1041050000" + END,
    want: "block contradicts itself after offset 11",
  },
  {
    name: "match at distance 0",
    stored: HEADER + "09000000 10410000 5000000000" + END,
    want: "block contradicts itself after offset 11",
  },
  {
    name: "literals longer than the block",
    stored: HEADER + "02000000 5041" + END,
    want: "block contradicts itself after offset 11",
  },
  {
    name: "length that does not end",
    stored: HEADER + "02000000 f0ff" + END,
    want: "block contradicts itself after offset 11",
  },
  { name: "old format of lz4", stored: "02214c18 03000000", want: "no lz4 frame after offset 0" },
];

for (const { name, stored, want } of BAD) {
  Deno.test(`lz4 with ${name} is an error`, async () => {
    assertEquals(await thrown(() => read(hex(stored))), `29 unable to decompress lz4: ${want}`);
  });
}

Deno.test("lz4 skips what may be skipped, in front, between and behind", async () => {
  const skip = hex("5f2a4d18 02000000 ffff");
  const frame = hex(HEADER + ABC + END);
  const { bytes } = await read(concat(skip, frame, skip, hex("502a4d18 00000000"), frame, skip));
  assertEquals(bytes, text("ABCABC"));
});
