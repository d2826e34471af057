import { assertEquals } from "@std/assert";
import { copyQueue, type QueueRules } from "../../../src/command/backup/queue.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";

const RULES: QueueRules = {
  selection: { version: "15", catalogVersion: 202209061, online: true, exclude: [] },
  checksumPage: true,
  isUnchanged: () => false,
  isCandidate: () => false,
  kept: () => undefined,
};

function table(sizes: Record<string, number>): FileTable {
  const files = new FileTable();
  for (const [name, size] of Object.entries(sizes)) files.append(name, { size, time: 1 });
  return files;
}

function batches(sizes: Record<string, number>, change: Partial<QueueRules> = {}) {
  return [...copyQueue(table(sizes), { ...RULES, ...change })];
}

Deno.test("the biggest files come first and alone, small ones together up to a mebibyte", () => {
  const names = batches({ a: 400_000, b: 5_000_000, c: 0, d: 700_000, e: 3_000_000, f: 300_000 })
    .map((batch) => batch.map(({ name }) => name));
  assertEquals(names, [["b"], ["e"], ["d"], ["a", "f", "c"]]);
});

Deno.test("no batch has more than 256 files, however small they are", () => {
  const sizes = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`f${i}`, 1]));
  assertEquals(batches(sizes).map((batch) => batch.length), [256, 256, 88]);
});

Deno.test("every file is handed out once but those that are not read", () => {
  const sizes = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, i * 100_000]));
  const files = table(sizes);
  const skipped = new Set([3, 4, 5].map((i) => files.find(`f${i}`)!));
  const rows = [...copyQueue(files, { ...RULES, isUnchanged: (row) => skipped.has(row) })].flat().map(({ row }) => row);
  const ascending = (row: Iterable<number>) => [...row].sort((a, b) => a - b);
  assertEquals(ascending(rows), ascending(files.rows()).filter((row) => !skipped.has(row)));
});

for (
  const [name, want] of [
    ["pg_data/base/1/1259", { pages: 0, limit: true }],
    ["pg_data/base/1/1259.2", { pages: 2, limit: true }],
    ["pg_data/base/1/1259_fsm", { pages: 0, limit: true }],
    ["pg_data/base/1/PG_VERSION", { pages: undefined, limit: true }],
    ["pg_data/base/1/pg_filenode.map", { pages: undefined, limit: true }],
    ["pg_data/global/1262", { pages: 0, limit: true }],
    ["pg_data/global/pg_control", { pages: undefined, limit: false }],
    ["pg_data/pg_xact/0000", { pages: undefined, limit: true }],
    ["pg_data/postgresql.conf", { pages: undefined, limit: false }],
    ["pg_data/my.1", { pages: undefined, limit: false }],
    ["pg_tblspc/16384/PG_15_202209061/5/16385.1", { pages: 1, limit: true }],
    ["pg_tblspc/16384/PG_14_202107181/5/16385.1", { pages: undefined, limit: true }],
  ] as const
) {
  Deno.test(`how ${name} is read`, () => {
    const file = batches({ [name]: 8192 })[0]![0]!;
    assertEquals({ pages: file.pages?.segment, limit: file.limit }, want);
  });
}

Deno.test("without page checksums no file is looked into", () => {
  assertEquals(batches({ "pg_data/base/1/1259": 8192 }, { checksumPage: false })[0]![0]!.pages, undefined);
});
