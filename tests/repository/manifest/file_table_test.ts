import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../../src/error.ts";
import { EMPTY_SHA1, type FileData } from "../../../src/repository/manifest/file_data.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";
import { NumberColumn, PAGE_ROWS } from "../../../src/repository/manifest/number_column.ts";
import { sortRows } from "../../../src/repository/manifest/row_order.ts";
import { compareRaw, decodeRaw, encodeRaw } from "../../../src/repository/raw_text.ts";
import { SHA1 } from "./made_manifest.ts";
import { Dice } from "../../rig/dice.ts";

const names = (files: FileTable): string[] => [...files.rows()].map((row) => files.name(row));

Deno.test("files come out in byte order of their names, however they went in", () => {
  const files = new FileTable();
  const wanted = [
    "pg_data/A",
    "pg_data/a",
    "pg_data/a.1",
    "pg_data/a/b",
    "pg_data/\ufffd",
    "pg_data/😀",
    "pg_data/\udcff",
  ];
  for (const name of ["\udcff", "a/b", "A", "😀", "a", "\ufffd", "a.1"]) {
    files.append(`pg_data/${name}`, { size: 1, time: 1 });
  }
  assertEquals(names(files), wanted);
});

Deno.test("random names come out sorted and are found", () => {
  const files = new FileTable();
  const all = new Set<string>();
  for (let at = 0; at < 3000; at++) {
    const name = decodeRaw(crypto.getRandomValues(new Uint8Array(1 + at % 9)));
    all.add(name);
    files.append(name, { size: at, time: 1 });
  }
  const sorted = [...all].sort(compareRaw);
  assertEquals(names(files), sorted);
  assertEquals(files.count, all.size);
  for (const name of sorted) assertEquals(files.name(files.find(name)!), name);
  assertEquals(files.find("not there at all"), undefined);
});

Deno.test("of files with one name the last one appended counts", () => {
  const files = new FileTable();
  for (const size of [1, 2, 3]) files.append("pg_data/tablespace_map", { size, time: 1 });
  files.append("pg_data/a", { size: 9, time: 1 });
  assertEquals([files.count, files.size(files.find("pg_data/tablespace_map")!)], [2, 3]);
});

Deno.test("a removed file is gone, and its name can come back", () => {
  const files = new FileTable();
  const row = files.append("pg_data/a", { size: 1, time: 1 });
  files.append("pg_data/b", { size: 2, time: 1 });
  files.remove(row);
  files.remove(row);
  assertEquals([names(files), files.count, files.find("pg_data/a")], [["pg_data/b"], 1, undefined]);
  files.append("pg_data/a", { size: 3, time: 1 });
  assertEquals([names(files), files.size(files.find("pg_data/a")!)], [["pg_data/a", "pg_data/b"], 3]);
});

Deno.test("files may be removed and changed while they are walked", () => {
  const files = new FileTable();
  for (let at = 0; at < 100; at++) files.append(`pg_data/${String(at).padStart(3, "0")}`, { size: at, time: 1 });
  for (const row of files.rows()) {
    if (files.size(row) % 2 === 0) files.remove(row);
    else files.set(row, { time: 2 });
  }
  assertEquals(files.count, 50);
  assertEquals([...files.rows()].every((row) => files.time(row) === 2), true);
});

const DATA: { name: string; data: FileData }[] = [
  { name: "what must be", data: { size: 1, time: 2 } },
  { name: "a time before 1970", data: { size: 1, time: -86400 } },
  { name: "sizes beyond 32 bits", data: { size: 2 ** 40, time: 2 ** 33, repoSize: 2 ** 39, originalSize: 2 ** 41 } },
  { name: "sizes of 0", data: { size: 0, time: 0, repoSize: 0, originalSize: 0 } },
  { name: "checksums", data: { size: 1, time: 2, checksum: SHA1, repoChecksum: EMPTY_SHA1 } },
  { name: "owners", data: { size: 1, time: 2, user: false, group: "staff", mode: 0 } },
  { name: "a place", data: { size: 1, time: 2, reference: "20261122-083310F", bundle: { id: 70000, offset: 5e9 } } },
  { name: "blocks", data: { size: 1, time: 2, block: { size: 90112, checksumSize: 12, mapSize: 99 } } },
  { name: "right pages", data: { size: 1, time: 2, pageChecksum: true } },
  { name: "wrong pages", data: { size: 1, time: 2, pageChecksum: false, pageErrors: [1, [3, 5]] } },
];

for (const { name, data } of DATA) {
  Deno.test(`a file keeps ${name}`, () => {
    const files = new FileTable();
    const row = files.append("pg_data/a", data);
    assertEquals(files.stored(row), data);
  });

  Deno.test(`a file can be given and relieved of ${name}`, () => {
    const files = new FileTable();
    const row = files.append("pg_data/a", { size: 7, time: 7 });
    files.set(row, data);
    assertEquals(files.stored(row), data);
    files.set(row, {
      size: 7,
      time: 7,
      ...Object.fromEntries(Object.keys(data).slice(2).map((key) => [key, undefined])),
    });
    assertEquals(files.stored(row), { size: 7, time: 7 });
  });
}

Deno.test("a file of the table has what is implied filled in", () => {
  const files = new FileTable({ defaults: { user: "postgres", group: "postgres", mode: 0o600 } });
  const row = files.append("pg_data/a", { size: 0, time: 1, group: false });
  assertEquals(files.at(row), {
    row,
    name: "pg_data/a",
    size: 0,
    repoSize: 0,
    time: 1,
    user: "postgres",
    group: false,
    mode: 0o600,
    checksum: EMPTY_SHA1,
  });
});

Deno.test("files can be put in another order, equal ones stay by name", () => {
  const files = new FileTable();
  for (const [name, size] of [["d", 5], ["a", 1], ["c", 5], ["b", 9]] as const) {
    files.append(`pg_data/${name}`, { size, time: 1 });
  }
  const order = files.order((a, b) => files.size(b) - files.size(a));
  assertEquals([...order].map((row) => files.name(row).slice(-1)), ["b", "c", "d", "a"]);
});

Deno.test("a checksum that is none is refused", () => {
  const files = new FileTable();
  for (const checksum of ["", "abc", "x".repeat(40)]) {
    const error = assertThrows(
      () => files.append("pg_data/a", { size: 1, time: 1, checksum }),
      BackRestError,
      "not a SHA-1",
    );
    assertEquals(error.kind, "format");
  }
});

Deno.test("numbers of any width share a column, whatever comes first", () => {
  const column = new NumberColumn();
  const values = [0, 1, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -1, -(2 ** 40)];
  for (const first of values) {
    for (const [index, value] of [first, ...values].entries()) column.set(index * 3000, value);
    for (const [index, value] of [first, ...values].entries()) assertEquals(column.get(index * 3000), value);
  }
  assertEquals([column.get(1), column.get(100 * PAGE_ROWS)], [0, 0]);
});

Deno.test("a column keeps what it is told, in runs of one value and across them", () => {
  const column = new NumberColumn();
  const want = new Array<number>(2 * PAGE_ROWS).fill(0);
  const dice = new Dice(1);
  for (let round = 0; round < 300; round++) {
    const [from, length, value] = [dice.roll(0, want.length - 1), dice.roll(0, round < 100 ? 3 : 899), dice.roll(0, 2)];
    for (let row = from; row < Math.min(from + length, want.length); row++) column.set(row, want[row] = value);
    if (round % 20 === 0) assertEquals(want.map((_, row) => column.get(row)), want);
  }
  assertEquals(want.map((_, row) => column.get(row)), want);
});

Deno.test("rows that fall are turned round, equal ones among them are not", () => {
  const keys = [9, 7, 7, 5, 3, 3, 3, 8, 6, 6, 1];
  const sorted = [...sortRows(Uint32Array.from(keys.keys()), (a, b) => keys[a]! - keys[b]!)];
  assertEquals(sorted, [...keys.keys()].toSorted((a, b) => keys[a]! - keys[b]! || a - b));
});

Deno.test("rows are sorted stably whatever runs they come in", () => {
  for (const runs of [1, 2, 3, 7, 50]) {
    const keys = Array.from({ length: 200 }, (_, at) => (at * 7919) % 200 % Math.ceil(200 / runs));
    const rows = Uint32Array.from(keys.keys());
    const sorted = [...sortRows(rows, (a, b) => keys[a]! - keys[b]!)];
    assertEquals(sorted, [...keys.keys()].toSorted((a, b) => keys[a]! - keys[b]! || a - b));
  }
  assertEquals([...sortRows(new Uint32Array(0), () => 0)], []);
});

Deno.test("a name longer than any path is refused", () => {
  assertThrows(
    () => new FileTable().append(encodeRaw("x".repeat(300000)), { size: 1, time: 1 }),
    BackRestError,
    "longer than",
  );
});
