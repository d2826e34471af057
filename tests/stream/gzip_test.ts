import { assertEquals } from "@std/assert";
import { joinChunks } from "../../src/stream/chunk.ts";
import { gzipOnce } from "../../src/stream/gzip.ts";
import { testCodec } from "./decoder_table.ts";
import { hex, mixture, noise, text } from "./samples.ts";
import { runBytes } from "./run.ts";
import { testVectors } from "./vectors.ts";

testCodec({ type: "gz", raw: false, levels: [6, 1, 9, 0, -1] });
testCodec({ type: "gz", raw: true, levels: [6, 1] });
testVectors("gz");

Deno.test("gz of PG_VERSION is what the peer stores", async () => {
  const write = async (raw: boolean, level: number) =>
    (await runBytes([{ stage: "compress", type: "gz", level, raw }], text("15\n"))).bytes.toHex();
  assertEquals(await write(false, 6), "1f8b080000000000000333" + "34e502001d7d0c9803000000");
  assertEquals(await write(true, 6), "789c3334e50200010a0071");
  assertEquals((await write(false, 9)).slice(0, 20), "1f8b0800000000000203");
});

Deno.test("gz in one call has the peer's header and is read back", async () => {
  for (const plain of [new Uint8Array(0), text("15\n"), noise(100_000, 1), mixture(1_000_000, 2)]) {
    const stored = joinChunks(await gzipOnce(plain));
    assertEquals(stored.subarray(0, 10), hex("1f8b0800000000000003"));
    assertEquals((await runBytes([{ stage: "decompress", type: "gz" }], stored)).bytes, plain);
  }
});
