import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { compareBytes, compareRaw, decodeRaw, encodeRaw, isForeign, printable } from "../../src/repository/raw_text.ts";

const CASES: { name: string; bytes: number[] }[] = [
  { name: "plain ASCII", bytes: [0x61, 0x62] },
  { name: "a mark at the beginning", bytes: [0xef, 0xbb, 0xbf, 0x61] },
  { name: "two, three and four bytes", bytes: [0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80] },
  { name: "Latin-1", bytes: [0x66, 0xfc, 0x72] },
  { name: "a sequence that is cut", bytes: [0x61, 0xe2, 0x82] },
  { name: "a sequence that is too long", bytes: [0xc0, 0xaf, 0xe0, 0x80, 0xaf] },
  { name: "an encoded surrogate", bytes: [0xed, 0xa0, 0x80, 0xed, 0xb2, 0x80] },
  { name: "beyond Unicode", bytes: [0xf4, 0x90, 0x80, 0x80, 0xf8, 0xff] },
  { name: "control characters", bytes: [0x01, 0x7f, 0x0a] },
];

for (const { name, bytes } of CASES) {
  Deno.test(`bytes come back from raw text: ${name}`, () => {
    assertEquals([...encodeRaw(decodeRaw(Uint8Array.from(bytes)))], bytes);
  });
}

Deno.test("random bytes come back from raw text", () => {
  for (let round = 0; round < 300; round++) {
    const bytes = crypto.getRandomValues(new Uint8Array(round % 40));
    assertEquals(encodeRaw(decodeRaw(bytes)), bytes);
  }
});

Deno.test("text that is UTF-8 is the text everybody knows", () => {
  assertEquals(decodeRaw(new TextEncoder().encode("grün 😀")), "grün 😀");
  assertEquals(isForeign("grün 😀"), false);
  assertEquals(isForeign(decodeRaw(Uint8Array.of(0xfc))), true);
});

Deno.test("texts are ordered by their bytes, not by their UTF-16 units", () => {
  const sorted = ["", "A", "a", "a b", "a!", "aa", "ab", "\ufffd", "😀", "😁"].toSorted(compareRaw);
  const byBytes = sorted.toSorted((a, b) => compareBytes(encodeRaw(a), encodeRaw(b)));
  assertEquals(sorted, byBytes);
  assertEquals(["\ufffd", "😀"].toSorted(compareRaw), ["\ufffd", "😀"]);
  assertEquals(["\ufffd", "😀"].toSorted(), ["😀", "\ufffd"]);
  assertEquals(Math.sign(compareRaw(decodeRaw(Uint8Array.of(0xff)), "😀")), 1);
});

Deno.test("random texts are ordered by their bytes", () => {
  for (let round = 0; round < 500; round++) {
    const [a, b] = [0, 1].map(() => decodeRaw(crypto.getRandomValues(new Uint8Array(3)).map((byte) => byte | 0xc0)));
    assertEquals(Math.sign(compareRaw(a!, b!)), Math.sign(compareBytes(encodeRaw(a!), encodeRaw(b!))));
  }
});

Deno.test("messages show what cannot be seen as hex", () => {
  assertEquals(printable("a\nb\u007f" + decodeRaw(Uint8Array.of(0xfc)) + "ü"), "a\\x0ab\\x7f\\xfcü");
});

Deno.test("a surrogate that stands for no byte cannot be stored", () => {
  assertThrows(() => encodeRaw("\ud800"), BackRestError, "not valid Unicode");
});
