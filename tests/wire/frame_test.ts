import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { joinChunks } from "../../src/stream/chunk.ts";
import { encodeFrame, type Frame, FrameReader } from "../../src/wire/frame.ts";

const FRAMES: Frame[] = [
  { head: { id: 1, method: "read", params: { path: "ä/\u0000\n" } }, bytes: new Uint8Array(0) },
  { head: null, bytes: new Uint8Array([1, 2, 3]) },
  { head: "x", bytes: crypto.getRandomValues(new Uint8Array(65536)) },
];

for (const size of [1, 3, 1000, 1_000_000]) {
  Deno.test(`frames come back whole when they arrive in pieces of ${size} bytes`, () => {
    const wire = joinChunks(FRAMES.flatMap(encodeFrame));
    const reader = new FrameReader();
    const found: Frame[] = [];
    for (let at = 0; at < wire.length; at += size) {
      reader.push(wire.slice(at, at + size));
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) found.push(frame);
    }
    assertEquals(
      found.map(({ head, bytes }) => [head, [...bytes]]),
      FRAMES.map(({ head, bytes }) => [head, [...bytes]]),
    );
    assertEquals(reader.isPartial, false);
  });
}

Deno.test("a 64-bit number crosses as text, never as a rounded number", () => {
  const reader = new FrameReader();
  for (const chunk of encodeFrame({ head: { id: 7710902338970540482n }, bytes: new Uint8Array(0) })) reader.push(chunk);
  assertEquals(reader.next()?.head, { id: "7710902338970540482" });
});

for (
  const [name, bytes] of [
    ["text of a login shell", new TextEncoder().encode("Welcome to db1!\n")],
    ["a head that is no JSON", new Uint8Array([0, 0, 0, 1, 0, 0, 0, 0, 0x7b])],
    ["a head that is no UTF-8", new Uint8Array([0, 0, 0, 1, 0, 0, 0, 0, 0xff])],
  ] as const
) {
  Deno.test(`${name} is error 39`, () => {
    const reader = new FrameReader();
    reader.push(bytes.slice());
    assertEquals(assertThrows(() => reader.next(), BackRestError).code, 39);
  });
}
