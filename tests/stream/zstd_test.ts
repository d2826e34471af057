import { assertEquals } from "@std/assert";
import { testCodec } from "./decoder_table.ts";
import { concat, hex, mixture, text } from "./samples.ts";
import { runBytes, runStream, thrown } from "./run.ts";
import { testVectors } from "./vectors.ts";

testCodec({ type: "zst", raw: false, levels: [3, 1, 19, 0, -1, -7] });
testCodec({ type: "zst", raw: true, levels: [3] });
testVectors("zst");

const read = (stored: Uint8Array<ArrayBuffer>) => runBytes([{ stage: "decompress", type: "zst" }], stored);
const write = async (plain: Uint8Array<ArrayBuffer>, level: number) =>
  (await runBytes([{ stage: "compress", type: "zst", level }], plain)).bytes;

Deno.test("zst of PG_VERSION is what the peer stores", async () => {
  assertEquals((await write(text("15\n"), 3)).toHex(), "28b52ffd005819000031350a");
});

Deno.test("zst does not depend on the chunks it is given", async () => {
  const plain = mixture(500_000, 1);
  const spec = { stage: "compress", type: "zst", level: 3 } as const;
  const { bytes } = await runStream([spec], [plain.slice(0, 7), plain.slice(7, 200_001), plain.slice(200_001)]);
  assertEquals(bytes, await write(plain, 3));
});

Deno.test("zst level -1 lies between -2 and 1", async () => {
  const plain = mixture(300_000, 2);
  const sizes = await Promise.all([-2, -1, 1, 3].map(async (level) => (await write(plain, level)).length));
  assertEquals(sizes, sizes.toSorted((a, b) => b - a));
  assertEquals(new Set(sizes).size, 4);
});

const SKIPPABLE = hex("522a4d18 03000000 010203");

const FRAMES: { name: string; stored: Uint8Array<ArrayBuffer>; want: string }[] = [
  { name: "empty frame", stored: hex("28b52ffd 00 58 010000"), want: "" },
  { name: "raw block", stored: hex("28b52ffd 00 58 190000 31350a"), want: "15\n" },
  { name: "run-length block", stored: hex("28b52ffd 00 58 2b0000 41"), want: "AAAAA" },
  { name: "two blocks", stored: hex("28b52ffd 00 58 180000 414243 2b0000 41"), want: "ABCAAAAA" },
  { name: "empty last block", stored: hex("28b52ffd 00 58 180000 414243 010000"), want: "ABC" },
  { name: "single segment, content size of one byte", stored: hex("28b52ffd 20 03 190000 414243"), want: "ABC" },
  { name: "content size of eight bytes", stored: hex("28b52ffd e0 0300000000000000 190000 414243"), want: "ABC" },
  { name: "skippable in front", stored: concat(SKIPPABLE, hex("28b52ffd 20 03 190000 414243")), want: "ABC" },
  { name: "skippable behind", stored: concat(hex("28b52ffd 20 03 190000 414243"), SKIPPABLE), want: "ABC" },
  {
    name: "empty skippable",
    stored: concat(hex("502a4d18 00000000"), hex("28b52ffd 20 03 190000 414243")),
    want: "ABC",
  },
];

for (const { name, stored, want } of FRAMES) {
  Deno.test(`zst frame of another writer: ${name}`, async () => {
    const spec = { stage: "decompress", type: "zst" } as const;
    const once = await read(stored);
    const bytewise = await runStream([spec], Array.from(stored, (byte) => new Uint8Array([byte])));
    assertEquals(new TextDecoder().decode(once.bytes), want);
    assertEquals(new TextDecoder().decode(bytewise.bytes), want);
    const cutIn = name.startsWith("skippable behind") ? stored.length - SKIPPABLE.length : -1;
    const boundary = name === "skippable in front" ? SKIPPABLE.length : name === "empty skippable" ? 8 : cutIn;
    for (let cut = 0; cut < stored.length; cut++) {
      if (cut === boundary) continue;
      const message = await thrown(() => read(stored.slice(0, cut)));
      assertEquals(message.slice(0, 31), "29 unable to decompress zst: " + (cut === 0 ? "no" : "da"), `cut ${cut}`);
    }
  });
}

Deno.test("zst with a wrong checksum is an error", async () => {
  const error = await thrown(() => read(hex("28b52ffd 04 58 190000 31350a 00000000")));
  assertEquals(error, "29 unable to decompress zst: Restored data doesn't match checksum after offset 0");
});

Deno.test("zst with a reserved block type is an error", async () => {
  const error = await thrown(() => read(hex("28b52ffd 00 58 1f0000 31350a")));
  assertEquals(error, "29 unable to decompress zst: reserved block type after offset 6");
});

Deno.test("zst of the highest level, with its window of 128 MiB, is read back", async () => {
  const plain = mixture(100_000, 3);
  assertEquals((await read(await write(plain, 22))).bytes, plain);
});
