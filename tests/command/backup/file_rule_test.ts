import { assertEquals } from "@std/assert";
import type { CopyFile } from "../../../src/command/backup/copy_job.ts";
import { copyFileOf, type FileRules } from "../../../src/command/backup/file_rule.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";

const RULES: FileRules = {
  selection: { version: "15", catalogVersion: 202209061, online: true, exclude: [] },
  checksumPage: true,
  isCandidate: () => false,
  kept: () => undefined,
  blocks: () => undefined,
};

function ruled(name: string, change: Partial<FileRules> = {}): CopyFile {
  const files = new FileTable();
  return copyFileOf(files, files.append(name, { size: 8192, time: 1 }), { ...RULES, ...change });
}

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
    const file = ruled(name);
    assertEquals({ pages: file.pages?.segment, limit: file.limit }, want);
  });
}

Deno.test("without page checksums no file is looked into", () => {
  assertEquals(ruled("pg_data/base/1/1259", { checksumPage: false }).pages, undefined);
});
