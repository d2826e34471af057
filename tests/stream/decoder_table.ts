import { assert, assertEquals } from "@std/assert";
import type { Chunk } from "../../src/stream/chunk.ts";
import type { CompressType, StageSpec } from "../../src/stream/stage.ts";
import { concat, hex, mixture, noise, text } from "./samples.ts";
import { runBytes, runStream, thrown } from "./run.ts";

/** What the tests below need to know of a codec. */
export interface CodecForm {
  type: Exclude<CompressType, "none">;
  raw: boolean;
  levels: number[];
}

/** Bytes that are no further member, frame or stream. */
const GARBAGE: { name: string; bytes: Chunk }[] = [
  { name: "a zero", bytes: hex("00") },
  { name: "zeros", bytes: new Uint8Array(600) },
  { name: "text", bytes: text("unexpected bytes behind the end") },
  { name: "all ones", bytes: new Uint8Array(40).fill(255) },
  { name: "one byte", bytes: text("B") },
];

const bytewise = (bytes: Chunk) => Array.from(bytes, (byte) => new Uint8Array([byte]));

/** Registers the tests every codec has to pass: round trips, and that a decoder proves its end. */
export function testCodec({ type, raw, levels }: CodecForm): void {
  const name = raw ? `${type} raw` : type;
  const read: StageSpec[] = [{ stage: "decompress", type, raw }];
  const store = async (plain: Chunk, level = levels[0]!) =>
    (await runBytes([{ stage: "compress", type, level, raw }], plain)).bytes;
  const load = async (stored: Chunk) => (await runBytes(read, stored)).bytes;

  Deno.test(`${name} gives back what it was given, at every level`, async () => {
    const plains = [
      new Uint8Array(0),
      text("1"),
      text("15\n"),
      noise(13, 1),
      mixture(65_536, 2),
      mixture(65_537, 3),
      noise(200_000, 4),
      new Uint8Array(300_000),
      mixture(400_000, 5),
    ];
    for (const level of levels) {
      for (const plain of plains) {
        const back = await load(await store(plain, level));
        assert(equal(back, plain), `level ${level}, ${plain.length} bytes`);
      }
    }
  });

  Deno.test(`${name} cut at any byte is an error that names the offset`, async () => {
    for (const plain of [new Uint8Array(0), text("15\n"), mixture(900, 6), noise(300, 7)]) {
      const stored = await store(plain);
      for (let cut = 0; cut < stored.length; cut++) {
        assertEquals(await thrown(() => load(stored.slice(0, cut))), cutMessage(type, cut));
        assertEquals(await thrown(() => runStream(read, bytewise(stored.slice(0, cut)))), cutMessage(type, cut));
      }
    }
  });

  Deno.test(`${name} twice in a row is read to the end of the second, whatever the chunks`, async () => {
    const one = mixture(700, 8);
    const stored = await store(one);
    const twice = concat(stored, stored);
    assertEquals(await load(twice), concat(one, one));
    assertEquals((await runStream(read, bytewise(twice))).bytes, concat(one, one));
    assertEquals((await runStream(read, [stored, stored])).bytes, concat(one, one));
    const empty = await store(new Uint8Array(0));
    assertEquals(await load(concat(empty, stored, empty, empty, stored)), concat(one, one));
  });

  Deno.test(`${name} twice in a row, cut at any byte of the second, is an error`, async () => {
    const stored = await store(mixture(300, 9));
    const twice = concat(stored, stored);
    for (let cut = stored.length + 1; cut < twice.length; cut++) {
      assertEquals(await thrown(() => load(twice.slice(0, cut))), cutMessage(type, cut));
      const parts = [stored, twice.slice(stored.length, cut)];
      assertEquals(await thrown(() => runStream(read, parts)), cutMessage(type, cut));
    }
  });

  for (const garbage of GARBAGE) {
    Deno.test(`${name} followed by ${garbage.name} is an error`, async () => {
      const stored = await store(mixture(700, 10));
      const bad = concat(stored, garbage.bytes);
      for (const chunks of [[bad], [stored, garbage.bytes], bytewise(bad)]) {
        const message = await thrown(() => runStream(read, chunks));
        assert(message.startsWith(`29 unable to decompress ${type}: `), message);
      }
    });
  }

  Deno.test(`${name} that is something else from the start is an error`, async () => {
    for (const bad of [new Uint8Array(100), text('[backup]\nbackup-label="20240101-000000F"\n'), noise(5000, 11)]) {
      const message = await thrown(() => load(bad));
      assert(message.startsWith(`29 unable to decompress ${type}: `), message);
    }
  });

  Deno.test(`${name} with any byte changed is an error or the same data`, async () => {
    const plain = mixture(400, 12);
    const stored = await store(plain);
    for (let at = 0; at < stored.length; at++) {
      const bad = stored.slice();
      bad[at]! ^= 0x55;
      try {
        const back = await load(bad);
        // Without a checksum in the format (zst, lz4 raw) the SHA-1 of the plain data is what finds it.
        if (hasChecksum(type, raw)) assertEquals(back, plain, `byte ${at}`);
      } catch (error) {
        assertEquals((error as { code?: number }).code, 29, `byte ${at}: ${error}`);
      }
    }
  });
}

function cutMessage(type: CodecForm["type"], cut: number): string {
  const unit = { gz: "member", zst: "frame", lz4: "frame", bz2: "stream" }[type];
  return cut === 0
    ? `29 unable to decompress ${type}: no data at offset 0 where a ${unit} was expected`
    : `29 unable to decompress ${type}: data ends at offset ${cut} inside a ${unit}`;
}

function hasChecksum(type: CodecForm["type"], raw: boolean): boolean {
  return type === "gz" || type === "bz2" || (type === "lz4" && !raw);
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
