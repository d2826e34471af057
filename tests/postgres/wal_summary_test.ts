import { assertEquals } from "@std/assert";
import { changedSegments, coveredUntil, relationFile } from "../../src/postgres/wal_summary.ts";

const RULES = { version: "17", catalogVersion: 202406281 };

Deno.test("main forks of relations are told by their place and name", () => {
  const file = (name: string) => {
    const found = relationFile(name, RULES);
    return found && Object.values(found).join(" ");
  };
  assertEquals(file("pg_data/base/5/16384"), "1663 5 16384 0");
  assertEquals(file("pg_data/base/5/16384.12"), "1663 5 16384 12");
  assertEquals(file("pg_data/global/1260"), "1664 0 1260 0");
  assertEquals(file("pg_tblspc/16400/PG_17_202406281/5/16384.1"), "16400 5 16384 1");
  for (
    const name of [
      "pg_data/base/5/16384_fsm",
      "pg_data/base/5/16384_vm.1",
      "pg_data/base/5/16384_init",
      "pg_data/base/5/t3_16384",
      "pg_data/base/5/PG_VERSION",
      "pg_data/base/5/16384.x",
      "pg_data/base/16384",
      "pg_data/global/pg_control",
      "pg_data/pg_xact/0000",
      "pg_tblspc/16400/PG_16_202307071/5/16384",
    ]
  ) assertEquals(file(name), undefined, name);
});

Deno.test("ranges cover WAL up to the first gap, whatever their order and overlap", () => {
  const ranges = [{ start: 300n, end: 400n }, { start: 100n, end: 200n }, { start: 150n, end: 300n }];
  assertEquals(coveredUntil(ranges, 100n), 400n);
  assertEquals(coveredUntil(ranges, 120n), 400n);
  assertEquals(coveredUntil(ranges, 99n), 99n, "nothing covers the beginning");
  assertEquals(coveredUntil(ranges, 500n), 500n);
  assertEquals(coveredUntil([ranges[0]!, ranges[1]!], 100n), 200n);
  assertEquals(coveredUntil([], 7n), 7n);
});

Deno.test("a segment has changed with a block, a relation with its limit, a data base as a whole", () => {
  const hasChanged = changedSegments([
    ["1663", "5", "100", "1", false],
    ["1663", "5", "200", "0", true],
    ["1663", "6", "0", "0", true],
  ]);
  const file = (database: string, relation: string, segment: number, tablespace = "1663") =>
    hasChanged({ tablespace, database, relation, segment });
  assertEquals([0, 1, 2].map((segment) => file("5", "100", segment)), [false, true, false]);
  assertEquals([0, 1].map((segment) => file("5", "200", segment)), [true, true]);
  assertEquals(file("5", "300", 0), false);
  assertEquals(file("6", "300", 3), true);
  assertEquals(file("6", "300", 3, "16400"), false, "the same data base in another tablespace");
});
