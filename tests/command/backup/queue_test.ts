import { assertEquals } from "@std/assert";
import { copyQueue, type QueueRules } from "../../../src/command/backup/queue.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";

const RULES: QueueRules = { isUnread: () => false };

function table(sizes: Record<string, number>): FileTable {
  const files = new FileTable();
  for (const [name, size] of Object.entries(sizes)) files.append(name, { size, time: 1 });
  return files;
}

function batches(sizes: Record<string, number>): string[][] {
  const files = table(sizes);
  return [...copyQueue(files, RULES)].map(({ rows }) => rows.map((row) => files.name(row)));
}

Deno.test("the biggest files come first and alone, small ones together up to a mebibyte", () => {
  const names = batches({ a: 400_000, b: 5_000_000, c: 0, d: 700_000, e: 3_000_000, f: 300_000 });
  assertEquals(names, [["b"], ["e"], ["d"], ["a", "f", "c"]]);
});

Deno.test("no batch has more than 256 files, however small they are", () => {
  const sizes = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`f${i}`, 1]));
  assertEquals(batches(sizes).map((names) => names.length), [256, 256, 88]);
});

Deno.test("every file is handed out once but those that are not read", () => {
  const sizes = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, i * 100_000]));
  const files = table(sizes);
  const skipped = new Set([3, 4, 5].map((i) => files.find(`f${i}`)!));
  const rows = [...copyQueue(files, { isUnread: (row) => skipped.has(row) })].flatMap(({ rows }) => rows);
  const ascending = (row: Iterable<number>) => [...row].sort((a, b) => a - b);
  assertEquals(ascending(rows), ascending(files.rows()).filter((row) => !skipped.has(row)));
});

const BUNDLING = { limit: 1000, size: 1500, firstId: 4 };

function bundled(files: Record<string, [size: number, time: number]>, bundling = BUNDLING): string[] {
  const made = new FileTable();
  for (const [name, [size, time]] of Object.entries(files)) made.append(name, { size, time });
  return [...copyQueue(made, { ...RULES, bundling })].map(({ rows, bundle }) =>
    `${bundle ?? "-"}: ${rows.map((row) => made.name(row).split("/").at(-1)).join(" ")}`
  );
}

Deno.test("files up to the limit go into bundles, the oldest first, and a bundle is full when it has reached its size", () => {
  assertEquals(
    bundled({
      "pg_data/a": [1000, 9],
      "pg_data/b": [1001, 1],
      "pg_data/c": [900, 5],
      "pg_data/d": [0, 1],
      "pg_data/e": [700, 5],
      "pg_data/f": [5000, 1],
      "pg_data/g": [100, 7],
    }),
    ["-: f b", "4: e c", "5: g a"],
  );
});

Deno.test("no bundle holds files of two tablespaces", () => {
  assertEquals(
    bundled({
      "pg_data/a": [10, 1],
      "pg_tblspc/1/PG/5/b": [10, 1],
      "pg_tblspc/1/PG/5/c": [10, 1],
      "pg_tblspc/12/PG/5/d": [10, 1],
    }),
    ["4: a", "5: c b", "6: d"],
  );
});

Deno.test("a bundle has 5000 files at most, however small they are", () => {
  const files = Object.fromEntries(
    Array.from({ length: 5001 }, (_, i) => [`pg_data/${i}`, [1, 1] as [number, number]]),
  );
  assertEquals(bundled(files, { ...BUNDLING, size: 1e6 }).map((batch) => batch.split(" ").length), [5001, 2]);
});
