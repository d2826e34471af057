import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../../src/error.ts";
import type { JsonValue } from "../../../src/repository/json.ts";
import {
  countPageErrors,
  packPageErrors,
  type PageErrors,
  pageErrorsText,
  readPageErrors,
  unpackPageErrors,
} from "../../../src/repository/manifest/page_errors.ts";

const CASES: { blocks: number[]; packed: PageErrors; text: string }[] = [
  { blocks: [], packed: [], text: "" },
  { blocks: [0], packed: [0], text: "0" },
  { blocks: [0, 1], packed: [[0, 1]], text: "0-1" },
  { blocks: [1, 3, 4, 5, 10], packed: [1, [3, 5], 10], text: "1, 3-5, 10" },
  { blocks: [7, 9, 131072, 131073], packed: [7, 9, [131072, 131073]], text: "7, 9, 131072-131073" },
];

for (const { blocks, packed, text } of CASES) {
  Deno.test(`bad pages are packed and unpacked: ${blocks}`, () => {
    assertEquals(packPageErrors(blocks), packed);
    assertEquals([...unpackPageErrors(packed)], blocks);
    assertEquals(readPageErrors(packed), packed);
    assertEquals(countPageErrors(packed), blocks.length);
    assertEquals(pageErrorsText(packed), text);
  });
}

Deno.test("bad pages have to come in order", () => {
  assertThrows(() => packPageErrors([2, 2]), BackRestError, "page 2 follows page 2");
});

for (
  const value of [1, "x", null, [-1], [2, 1], [[3, 3]], [[1, 2, 3]], [[1]], [2 ** 32], [
    [0, 5],
    5,
  ]] as JsonValue[]
) {
  Deno.test(`a list of bad pages is refused: ${JSON.stringify(value)}`, () => {
    assertEquals(assertThrows(() => readPageErrors(value), BackRestError).kind, "format");
  });
}
