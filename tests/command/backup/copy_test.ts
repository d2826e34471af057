import { assertEquals } from "@std/assert";
import { changeOf } from "../../../src/command/backup/copy.ts";
import { NOT_TAKEN_OVER } from "../../../src/command/backup/compare.ts";
import type { CopiedFile } from "../../../src/command/backup/copy_job.ts";

const SHA1 = "587b596f04f7db9c2cad3d6b87dd2b3a05de4f35";
const FILE = { row: 1, name: "pg_data/base/1/2", size: 16384, limit: true };

function change(result: Partial<CopiedFile>) {
  const all = changeOf(FILE, { row: 1, state: "copied", size: 16384, checksum: SHA1, ...result });
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

for (
  const { name, result, want } of [
    { name: "a file stored as it is", result: {}, want: { size: 16384, checksum: SHA1 } },
    {
      name: "a file that shrank: its size when it was listed stays known",
      result: { size: 8192 },
      want: { size: 8192, checksum: SHA1, originalSize: 16384 },
    },
    {
      name: "a file stored in another form",
      result: { repoSize: 99, repoChecksum: SHA1 },
      want: { size: 16384, checksum: SHA1, repoSize: 99, repoChecksum: SHA1 },
    },
    { name: "good pages", result: { pageChecksum: true }, want: { size: 16384, checksum: SHA1, pageChecksum: true } },
    {
      name: "bad pages",
      result: { pageChecksum: false, pageErrors: [1, [3, 5]] as (number | [number, number])[] },
      want: { size: 16384, checksum: SHA1, pageChecksum: false, pageErrors: [1, [3, 5]] },
    },
    {
      name: "a file that does not end at a page: which pages are bad is not sure",
      result: { pageChecksum: false, pageErrors: [1], misaligned: true as const },
      want: { size: 16384, checksum: SHA1, pageChecksum: false },
    },
  ] as { name: string; result: Partial<CopiedFile>; want: object }[]
) Deno.test(`the manifest learns of ${name}`, () => assertEquals(change(result), want as never));

Deno.test("nothing of the prior backup's data stays where a file was copied", () => {
  const all = changeOf(FILE, { row: 1, state: "copied", size: 16384, checksum: SHA1 }) as Record<string, unknown>;
  for (const key of Object.keys(NOT_TAKEN_OVER)) assertEquals([key, key in all], [key, true]);
});
