import { assertEquals } from "@std/assert";
import { halfwayName, isNameOfSize, windowNames, windowSize } from "../../../src/command/archive_get/window.ts";
import { wal } from "../../repository/made.ts";

const SIZE = { segmentSize: 2 ** 24 };

Deno.test("the window holds as many segments as fit the queue, and at least two", () => {
  assertEquals(windowSize({ queueMax: 128 * 2 ** 20, ...SIZE }), 8);
  assertEquals(windowSize({ queueMax: 0, ...SIZE }), 2);
  assertEquals(windowSize({ queueMax: 2 ** 30, segmentSize: 2 ** 20 }), 1024);
});

Deno.test("the window goes on over the end of a half of the LSN", () => {
  assertEquals(windowNames("0000000100000000000000FE", 3, SIZE), [
    "0000000100000000000000FE",
    "0000000100000000000000FF",
    "000000010000000100000000",
  ]);
  assertEquals(isNameOfSize("000000010000000000000FFF", { segmentSize: 2 ** 20 }), true);
  assertEquals(isNameOfSize("000000010000000000001000", { segmentSize: 2 ** 20 }), false);
  assertEquals(isNameOfSize("00000002.history", { segmentSize: 2 ** 20 }), false);
});

Deno.test("more than half of the window is left when the segment behind the half is there", () => {
  assertEquals(halfwayName(wal(1), 8, SIZE), wal(6));
  assertEquals(halfwayName(wal(1), 2, SIZE), wal(3));
  assertEquals(halfwayName(wal(1), 3, SIZE), wal(3));
});
