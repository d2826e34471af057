import { assertEquals } from "@std/assert";
import { cutBatch, measuredFile, queueState, readBacklog } from "../../../src/command/archive_push/queue.ts";

const [A, B, C] = ["000000010000000000000001", "000000010000000000000002", "000000020000000000000002"];

Deno.test("what is ready and not pushed yet is to be done, histories first and the rest by name", () => {
  const status = [`${C}.ready`, `${B}.ready`, `${A}.ready`, "00000002.history.ready", `${A}.done`];
  assertEquals(readBacklog(status, [`${B}.ok`]), {
    ready: ["00000002.history", A, B, C],
    todo: ["00000002.history", A, C],
    stale: [],
  });
});

Deno.test("everything in the spool but the successes of what is still ready is stale", () => {
  const out = [`${A}.ok`, `${A}.ok.pgbackrest.tmp`, `${B}.ok`, `${C}.error`, "global.error"];
  assertEquals(readBacklog([`${A}.ready`, `${C}.ready`], out), {
    ready: [A, C],
    todo: [C],
    stale: [`${A}.ok.pgbackrest.tmp`, `${B}.ok`, `${C}.error`, "global.error"],
  });
});

Deno.test("partial segments and backup history files take their place among the segments", () => {
  const names = [`${A}.00000028.backup`, `${A}.partial`, A, B];
  assertEquals(readBacklog(names.map((name) => `${name}.ready`).reverse(), []).todo, [
    A,
    `${A}.00000028.backup`,
    `${A}.partial`,
    B,
  ]);
});

Deno.test("a batch has as many files as fit its size, and at least one", () => {
  assertEquals(cutBatch([A, B, C], { fileSize: 16, limit: 40 }), [A, B]);
  assertEquals(cutBatch([A, B, C], { fileSize: 16, limit: 1 }), [A]);
  assertEquals(cutBatch([A, B], { fileSize: 16, limit: 1000 }), [A, B]);
  assertEquals(cutBatch([A], { fileSize: 0, limit: 10 }), [A]);
});

Deno.test("the size of the queue is told by a segment, not by a history file", () => {
  assertEquals(measuredFile(["00000002.history", A]), A);
  assertEquals(measuredFile(["00000002.history"]), "00000002.history");
  assertEquals(measuredFile([]), undefined);
});

Deno.test("a queue is over its limit only beyond it, and high before that", () => {
  assertEquals([75, 76, 100, 101].map((size) => queueState(size, 100)), ["well", "high", "high", "over"]);
  assertEquals(queueState(1e15, undefined), "well");
});
