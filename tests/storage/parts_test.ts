import { assertEquals } from "@std/assert";
import { PartReader, readAheadEnds, type StoredPart } from "../../src/storage/parts.ts";
import type { Chunk, ReadRange, Source, Storage } from "../../src/storage/storage.ts";

const part = (path: string, offset: number, length: number): StoredPart => ({ path, offset, length });

/** A storage whose files hold their own offsets, read in pieces; it notes what was asked for. */
function counting(piece: number): { storage: Storage; asked: string[] } {
  const asked: string[] = [];
  const read = (path: string, { offset = 0, length = 0 }: ReadRange = {}): Promise<Source> => {
    asked.push(`${path} ${offset}+${length}`);
    let at = offset;
    return Promise.resolve({
      next() {
        const size = Math.min(piece, offset + length - at);
        at += size;
        return size === 0 ? undefined : bytes(at - size, size);
      },
      reread: (from: number, size: number) => bytes(from, size),
      [Symbol.dispose]: () => void asked.push("closed"),
    });
  };
  return { storage: { read } as unknown as Storage, asked };
}

function bytes(from: number, size: number): Chunk {
  return Uint8Array.from({ length: size }, (_, i) => (from + i) % 251);
}

async function readAll(source: Source): Promise<Chunk> {
  const found: number[] = [];
  for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) found.push(...chunk);
  return new Uint8Array(found);
}

Deno.test("reading goes on to the end of the last neighbour, over small gaps, never into another file", () => {
  assertEquals(readAheadEnds([]), []);
  const parts = [
    part("a", 0, 10),
    part("a", 10, 5),
    part("a", 1000, 5),
    part("a", 1_000_000, 7),
    part("b", 1_000_007, 3),
    part("b", 4, 2),
  ];
  assertEquals(readAheadEnds(parts), [1005, 1005, 1005, 1_000_007, 1_000_010, 6]);
});

for (const piece of [1, 7, 100_000]) {
  Deno.test(`neighbours are read in one go, each of them exactly, in pieces of ${piece}`, async () => {
    const { storage, asked } = counting(piece);
    const parts = [part("a", 3, 10), part("a", 13, 0), part("a", 13, 40), part("a", 70, 9), part("b", 5, 4)];
    const ends = readAheadEnds(parts);
    {
      using reader = new PartReader(storage);
      for (const [i, each] of parts.entries()) {
        const source = await reader.open(each, ends[i]!);
        assertEquals(await readAll(source), bytes(each.offset, each.length), JSON.stringify(each));
        assertEquals(await source.reread(1, 2), bytes(each.offset + 1, 2));
      }
    }
    assertEquals(asked, ["a 3+76", "closed", "b 5+4", "closed"]);
  });
}

Deno.test("a part that was left in its middle is passed over, and one that is read again is asked for again", async () => {
  const { storage, asked } = counting(4);
  using reader = new PartReader(storage);
  await (await reader.open(part("a", 0, 10), 30)).next();
  assertEquals(await readAll(await reader.open(part("a", 10, 20), 30)), bytes(10, 20));
  assertEquals(await readAll(await reader.open(part("a", 10, 20), 30)), bytes(10, 20));
  assertEquals(asked, ["a 0+30", "closed", "a 10+20"]);
});
