import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../../src/error.ts";
import { historyFileName, latestTimeline, parseTimelineHistory } from "../../../src/repository/wal/timeline_history.ts";

Deno.test("a history file lists where timelines ended", () => {
  const text = "1\t0/A000198\tno recovery target specified\n\n2\t1F/40000A0\tbefore 2000-01-01 00:00:00+00\n";
  assertEquals(parseTimelineHistory(text, { file: "x" }), [
    { timeline: 1, lsn: 0xa000198n },
    { timeline: 2, lsn: 0x1f_040000a0n },
  ]);
});

Deno.test("comments and blank lines of a history file are passed over", () => {
  assertEquals(parseTimelineHistory("# by hand\n  \n 3 0/1\n", { file: "x" }), [{ timeline: 3, lsn: 1n }]);
  assertEquals(parseTimelineHistory("", { file: "x" }), []);
});

for (const text of ["x\t0/1\tx", "1", "1\t0\tx", "1 0/1x"]) {
  Deno.test(`a history file is refused: ${JSON.stringify(text)}`, () => {
    const error = assertThrows(() => parseTimelineHistory(`\n${text}`, { file: "00000002.history" }), BackRestError);
    assertEquals(error.message, `invalid timeline '${text}' at line 2 of '00000002.history'`);
  });
}

Deno.test("the latest timeline is that of the greatest history file, or the one that is known", () => {
  assertEquals(latestTimeline(["00000002.history", "0000000A.history", "0000000000000001", "otherfile"], 1), 10);
  assertEquals(latestTimeline(["00000002.history"], 3), 3);
  assertEquals(historyFileName(0xab), "000000AB.history");
});
