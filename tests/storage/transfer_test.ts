import { assertEquals } from "@std/assert";
import { posixStorage } from "../../src/storage/posix.ts";
import { transfer } from "../../src/storage/transfer.ts";

const SIZE = 3 * 1024 * 1024 + 17;

Deno.test("memory is given back of whole buffers when they are written, and not of parts of larger ones", async () => {
  for (const specs of [[], [{ stage: "sha1" } as const]]) {
    const chunks = [new Uint8Array(700_000), new Uint8Array(700_000), new Uint8Array(1000).subarray(0, 10)];
    const left = [...chunks];
    const source = { next: () => left.shift(), reread: () => new Uint8Array(), [Symbol.dispose]: () => {} };
    await transfer(source, { write: () => {} }, specs, { name: "made", release: true });
    assertEquals(chunks.map(({ length }) => length), [0, 0, 10]);
  }
});

Deno.test("memory that is given back early does not change what is written", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pgbr-transfer-" });
  try {
    const bytes = Uint8Array.from({ length: SIZE }, (_, i) => i * 31 >>> 4);
    Deno.writeFileSync(`${folder}/from`, bytes);
    const storage = posixStorage(folder);
    const hashed = [{ stage: "sha1" }] as const;
    for (const [slow, specs] of [[false, []], [true, []], [false, hashed], [true, hashed]] as const) {
      using source = await storage.read("from");
      await using sink = await storage.write("to");
      const write = async (chunk: Parameters<typeof sink.write>[0]) => {
        await new Promise((resolve) => setTimeout(resolve));
        await sink.write(chunk);
      };
      const moved = await transfer(source, slow ? { write } : sink, specs, { name: "from", release: true });
      await sink.commit();
      assertEquals(moved.size, SIZE);
      assertEquals(Deno.readFileSync(`${folder}/to`), bytes);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
