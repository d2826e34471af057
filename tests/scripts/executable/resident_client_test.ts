import { assertEquals } from "@std/assert";
import { residentClient } from "../../../scripts/executable/resident_client.ts";

const NAME = new TextEncoder().encode("PG_BACKREST_ARCHIVE_SOCKET=");

Deno.test("the tiny client ends with the name it looks for, and jumps over it", () => {
  const code = residentClient("x86_64");
  assertEquals(code.subarray(-NAME.length), NAME);
  assertEquals([...code.subarray(-NAME.length - 2, -NAME.length)], [0xeb, NAME.length]);
});

Deno.test("the tiny client compares just the length of the name, which lies where it looks", () => {
  const code = residentClient("x86_64");
  const compare = indexOf(code, [0xb9, NAME.length, 0, 0, 0, 0xf3, 0xa6]);
  const distance = new DataView(code.buffer).getInt32(compare - 4, true);
  assertEquals(compare + distance, code.length - NAME.length);
});

Deno.test("the tiny client of aarch64 is made of whole words, and does the same with the name", () => {
  const code = residentClient("aarch64");
  const words = new Uint32Array(code.buffer);
  const name = indexOf(code, [...NAME]);
  assertEquals([code.length % 4, code.length - name - NAME.length, name % 4], [0, 1, 0]);
  // b, over the name: the distance in words.
  assertEquals(words[name / 4 - 1], 0x14000000 + (code.length - name) / 4 + 1);
  // adr x2 comes before mov w3 with the length of the name.
  const length = words.indexOf(0x52800003 | NAME.length << 5);
  const adr = words[length - 1]!;
  assertEquals((length - 1) * 4 + ((adr >> 5 & 0x7ffff) << 2 | adr >> 29 & 3), name);
});

function indexOf(bytes: Uint8Array, part: readonly number[]): number {
  return bytes.findIndex((_, at) => part.every((byte, i) => bytes[at + i] === byte));
}
