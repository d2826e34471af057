import { assertEquals } from "@std/assert";
import { holeMark, holeRuns, isHoleMark, markedHoles } from "../../../src/repository/wal/hole_mark.ts";
import { wal } from "../made.ts";

const SHA1 = "0123456789abcdef0123456789abcdef01234567";

Deno.test("a marked WAL file is a hole as long as it has not arrived in any form", () => {
  const names = [holeMark(wal(1)), holeMark(wal(2)), `${wal(2)}-${SHA1}.gz`, holeMark(wal(3)), `${wal(4)}-${SHA1}`];
  assertEquals(markedHoles(names), [wal(1), wal(3)]);
  assertEquals(markedHoles(["00000002.history.hole", "00000003.history.hole", "00000003.history"]), [
    "00000002.history",
  ]);
  assertEquals(
    markedHoles([holeMark(wal(1)), `${wal(1)}.partial-${SHA1}.gz`]),
    [wal(1)],
    "a part of it is not the whole",
  );
  assertEquals([isHoleMark(holeMark(wal(1))), isHoleMark(`${wal(1)}-${SHA1}.gz`)], [true, false]);
});

Deno.test("marked segments form runs; what cannot be a segment of that size forms none", () => {
  const names = [wal(1), wal(2), wal(4), "0000000100000000FFFFFFFF", "00000002.history", wal(4) + ".00000028.backup"];
  assertEquals(holeRuns(names, { segmentSize: 2 ** 24 }), [
    { first: wal(1), last: wal(2), count: 2 },
    { first: wal(4), last: wal(4), count: 1 },
  ]);
});
