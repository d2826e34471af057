import { assertEquals } from "@std/assert";
import { residentClient } from "../../../scripts/executable/resident_client.ts";

Deno.test("the tiny client ends with the name it looks for, and jumps over it", () => {
  const code = residentClient();
  const name = new TextEncoder().encode("PG_BACKREST_ARCHIVE_SOCKET=");
  assertEquals(code.subarray(-name.length), name);
  assertEquals([...code.subarray(-name.length - 2, -name.length)], [0xeb, name.length]);
});

Deno.test("the tiny client compares just the length of the name, which lies where it looks", () => {
  const code = residentClient();
  const name = code.length - 27;
  const compare = indexOf(code, [0xb9, 27, 0, 0, 0, 0xf3, 0xa6]);
  const distance = new DataView(code.buffer).getInt32(compare - 4, true);
  assertEquals(compare + distance, name);
});

function indexOf(bytes: Uint8Array, part: readonly number[]): number {
  return bytes.findIndex((_, at) => part.every((byte, i) => bytes[at + i] === byte));
}
