import { assertEquals } from "@std/assert";
import { gapsBetween, runsText } from "../../../src/command/verify/wal_ranges.ts";
import type { SegmentRun } from "../../../src/repository/wal/segment.ts";
import { wal } from "../../repository/made.ts";

const SIZE = { segmentSize: 16 * 1024 * 1024 };

function run(first: number, last: number, timeline = 1): SegmentRun {
  return { first: wal(first, timeline), last: wal(last, timeline), count: last - first + 1 };
}

const CASES: [string, SegmentRun[], SegmentRun[], SegmentRun[]][] = [
  ["one range", [run(1, 9)], [], []],
  ["a gap", [run(1, 3), run(6, 9)], [], [run(4, 5)]],
  ["a gap of one over the end of a log", [run(0xf0, 0xfe), run(0x100, 0x101)], [], [run(0xff, 0xff)]],
  ["a gap that is known", [run(1, 3), run(6, 9)], [run(4, 5)], []],
  ["a gap of which a part is known", [run(1, 3), run(6, 9)], [run(5, 5)], []],
  ["one of two gaps known", [run(1, 1), run(3, 3), run(5, 5)], [run(4, 4)], [run(2, 2)]],
  ["the first of two gaps known", [run(1, 1), run(3, 3), run(5, 5)], [run(2, 2)], [run(4, 4)]],
  ["another timeline begins", [run(1, 3), run(9, 9, 2)], [], []],
  ["what is missing behind the last range", [run(1, 3), run(5, 6)], [run(8, 9)], [run(4, 4)]],
];

for (const [name, ranges, known, gaps] of CASES) {
  Deno.test(`gaps between ranges of WAL: ${name}`, () => {
    assertEquals(gapsBetween(ranges, { known, ...SIZE }), gaps);
  });
}

Deno.test("runs of segments are told by their ends, and not more of them than asked for", () => {
  const runs = [run(1, 1), run(3, 5), run(8, 9)];
  assertEquals(runsText(runs), `${wal(1)}, ${wal(3)} to ${wal(5)} (3 segments), ${wal(8)} to ${wal(9)} (2 segments)`);
  assertEquals(runsText(runs, 1), `${wal(1)}, and 2 more`);
  assertEquals(runsText([]), "");
});
