import { assertEquals, assertThrows } from "@std/assert";
import * as zlib from "node:zlib";
import { type Chunk, CHUNK_SIZE } from "../../src/stream/chunk.ts";
import { ZlibCodec } from "../../src/stream/zlib_codec.ts";
import { concat, hex, mixture, noise, text } from "./samples.ts";

interface Native {
  _handle: {
    writeSync: (flush: number, ...rest: unknown[]) => void;
    onerror: (message: string) => void;
    reset: () => void;
    close: () => void;
  };
  _writeState: Uint32Array;
}

const CREATE: Record<string, () => unknown> = {
  gzip: () => zlib.createGzip(),
  gunzip: () => zlib.createGunzip(),
  deflate: () => zlib.createDeflate(),
  inflate: () => zlib.createInflate(),
  "zstd compress": () => zlib.createZstdCompress(),
  "zstd decompress": () => zlib.createZstdDecompress(),
};

for (const [name, create] of Object.entries(CREATE)) {
  Deno.test(`the native handle of ${name} is what the codec takes it for`, () => {
    const { _handle: handle, _writeState: state } = create() as Native;
    assertEquals(typeof handle.writeSync, "function");
    assertEquals(typeof handle.reset, "function");
    assertEquals(typeof handle.close, "function");
    assertEquals("onerror" in handle, true);
    assertEquals(state instanceof Uint32Array, true);
    assertEquals(state.length, 2);
    handle.close();
  });
}

Deno.test("the native handle reports room left and input left", () => {
  const { _handle: handle, _writeState: state } = zlib.createGunzip() as unknown as Native;
  const stored = hex("1f8b080000000000000333 34e502001d7d0c9803000000");
  const output = new Uint8Array(10);
  handle.writeSync(0, concat(new Uint8Array(2), stored), 2, stored.length, output, 4, 6);
  assertEquals([...state], [3, 0]);
  assertEquals(output, hex("00000000 31350a 000000"));
  handle.close();
});

Deno.test("the native handle stops at a full output and goes on", () => {
  const { _handle: handle, _writeState: state } = zlib.createGunzip() as unknown as Native;
  const stored = hex("1f8b080000000000000333 34e502001d7d0c9803000000");
  const output = new Uint8Array(2);
  handle.writeSync(0, stored, 0, stored.length, output, 0, 2);
  assertEquals([state[0], new TextDecoder().decode(output)], [0, "15"]);
  const left = state[1]!;
  handle.writeSync(0, stored, stored.length - left, left, output, 0, 2);
  assertEquals([state[0], output[0]], [1, 10]);
  handle.close();
});

const refuse = (message: string): never => {
  throw new Error(message);
};

function run(create: () => unknown, chunks: Chunk[], finish: number): Chunk[] {
  const codec = new ZlibCodec(create(), 1);
  const out: Chunk[] = [];
  try {
    for (const chunk of chunks) {
      codec.load(chunk);
      while (codec.step(0, (made) => out.push(made), refuse) === "more");
    }
    while (codec.step(finish, (made) => out.push(made), refuse) === "more");
    codec.drain((made) => out.push(made));
    return out;
  } finally {
    codec.close();
    codec.close();
  }
}

Deno.test("the codec hands on full chunks and a rest, none of them twice", () => {
  const plain = noise(3 * CHUNK_SIZE, 1);
  const out = run(() => zlib.createGzip({ level: 0 }), [plain], 4);
  assertEquals(out.slice(0, -1).map((chunk) => chunk.length), [CHUNK_SIZE, CHUNK_SIZE, CHUNK_SIZE]);
  assertEquals(new Set(out.map((chunk) => chunk.buffer)).size, out.length);
  assertEquals(new Uint8Array(zlib.gunzipSync(concat(...out))), plain);
});

Deno.test("the codec gives a small input a small buffer", () => {
  const out = run(() => zlib.createGzip(), [text("15\n")], 4);
  assertEquals(out.map((chunk) => chunk.buffer.byteLength), [4096]);
});

Deno.test("errors of both native families arrive at the caller", () => {
  const bad = text("no compressed data at all");
  assertThrows(() => run(() => zlib.createGunzip(), [bad], 4), Error, "incorrect header check");
  assertThrows(() => run(() => zlib.createZstdDecompress(), [bad], 2), Error, "Unknown frame descriptor");
});

Deno.test("the codec refuses new input while it has not used the last", () => {
  const codec = new ZlibCodec(zlib.createGzip(), 1);
  codec.load(mixture(10, 1));
  assertThrows(() => codec.load(mixture(10, 1)), Error, "before the last was used up");
  codec.close();
});
