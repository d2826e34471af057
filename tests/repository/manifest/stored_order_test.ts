import { assertEquals } from "@std/assert";
import type { FileData } from "../../../src/repository/manifest/file_data.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";
import { storedOrder } from "../../../src/repository/manifest/stored_order.ts";

const DATA: FileData = { size: 10, time: 1 };
const [FULL, INCR] = ["20261101-000000F", "20261101-000000F_20261103-000000I"];

Deno.test("big files come first, then the bundles of each backup from front to back", () => {
  const files = new FileTable();
  const bundled = (id: number, offset: number): FileData => ({ ...DATA, bundle: { id, offset } });
  const rows: [string, FileData][] = [
    ["pg_data/a", bundled(2, 0)],
    ["pg_data/b", { ...DATA, size: 5 }],
    ["pg_data/c", bundled(1, 900)],
    ["pg_data/d", { ...DATA, size: 7000 }],
    ["pg_data/e", { ...bundled(1, 70), size: 90000 }],
    ["pg_data/f", { ...bundled(1, 80), reference: FULL }],
    ["pg_data/g", { ...bundled(1, 0), reference: INCR }],
    ["pg_data/h", { ...bundled(1, 5), reference: FULL }],
  ];
  for (const [name, data] of rows) files.append(name, data);
  assertEquals([...storedOrder(files)].map((row) => files.name(row).slice(-1)).join(""), "dbechfga");
  assertEquals([...storedOrder(new FileTable())], []);
});
