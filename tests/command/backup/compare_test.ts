import { assertEquals } from "@std/assert";
import { type CompareRules, compareWithPrior, setReasons } from "../../../src/command/backup/compare.ts";
import type { FileData, FileEntry } from "../../../src/repository/manifest/file_data.ts";
import { FileTable } from "../../../src/repository/manifest/file_table.ts";

const SHA1 = "587b596f04f7db9c2cad3d6b87dd2b3a05de4f35";
const RULES: CompareRules = {
  delta: false,
  reasons: [],
  listedUntil: 1000,
  bundle: false,
  blocks: false,
  online: true,
};
const PRIOR = "20261122-072810F";

async function* batches(entries: FileEntry[]): AsyncGenerator<FileEntry[]> {
  for (const entry of entries) yield [entry];
}

/** Runs a comparison of single files and gives the fate of each by name. */
async function fates(
  now: Record<string, Pick<FileData, "size" | "time">>,
  prior: Record<string, Partial<FileData> & Pick<FileData, "size" | "time">>,
  change: Partial<CompareRules> = {},
) {
  const files = new FileTable();
  for (const [name, data] of Object.entries(now)) files.append(name, data);
  const entries = Object.entries(prior).map(([name, data]) => ({ name, checksum: SHA1, ...data }));
  const result = await compareWithPrior(files, { label: PRIOR, files: batches(entries) }, { ...RULES, ...change });
  const fate: Record<string, string> = {};
  for (const row of files.rows()) {
    const reference = files.reference(row);
    fate[files.name(row)] = result.unchanged.has(row)
      ? `reference ${reference}`
      : result.candidates.has(row)
      ? `compare ${reference}`
      : reference === undefined
      ? "copy"
      : `copy but ${reference}`;
  }
  return { fate, delta: result.delta, warnings: result.warnings.map((text) => text.split("\n")[0]) };
}

for (
  const { name, now, prior, change, want } of [
    { name: "same size and time", now: [8, 500], prior: { size: 8, time: 500 }, want: `reference ${PRIOR}` },
    {
      name: "same size and time, referenced by the prior too",
      now: [8, 500],
      prior: { size: 8, time: 500, reference: "20261121-000000F" },
      want: "reference 20261121-000000F",
    },
    { name: "same size, newer", now: [8, 501], prior: { size: 8, time: 500 }, want: `compare ${PRIOR}` },
    { name: "other size", now: [9, 501], prior: { size: 8, time: 500 }, want: "copy" },
    {
      name: "same size and time with delta",
      now: [8, 500],
      prior: { size: 8, time: 500 },
      change: { delta: true },
      want: `compare ${PRIOR}`,
    },
    { name: "empty files", now: [0, 501], prior: { size: 0, time: 500 }, want: `reference ${PRIOR}` },
    {
      name: "empty files with delta",
      now: [0, 501],
      prior: { size: 0, time: 500 },
      change: { delta: true },
      want: `reference ${PRIOR}`,
    },
    {
      name: "empty files in bundles",
      now: [0, 500],
      prior: { size: 0, time: 500 },
      change: { bundle: true },
      want: "copy",
    },
  ] as { name: string; now: [number, number]; prior: FileData; change?: Partial<CompareRules>; want: string }[]
) {
  Deno.test(`a file against the prior backup: ${name}`, async () => {
    const { fate, warnings } = await fates(
      { "pg_data/f": { size: now[0], time: now[1] } },
      { "pg_data/f": prior },
      change,
    );
    assertEquals(fate, { "pg_data/f": want });
    assertEquals(warnings, []);
  });
}

Deno.test("a file the prior backup does not have is copied, one it alone has is nothing", async () => {
  const { fate } = await fates({ "pg_data/new": { size: 8, time: 500 } }, { "pg_data/old": { size: 8, time: 500 } });
  assertEquals(fate, { "pg_data/new": "copy" });
});

Deno.test("pg_control of a running server is always copied", async () => {
  const same = { "pg_data/global/pg_control": { size: 8192, time: 500 } };
  assertEquals((await fates(same, same)).fate, { "pg_data/global/pg_control": "copy" });
  assertEquals((await fates(same, same, { online: false })).fate, {
    "pg_data/global/pg_control": `reference ${PRIOR}`,
  });
});

for (
  const { name, now, prior, want } of [
    {
      name: "time before that of the prior",
      now: [8, 499],
      prior: [8, 500],
      want: "has timestamp earlier than prior backup (prior 500, current 499)",
    },
    {
      name: "same time and other size",
      now: [9, 500],
      prior: [8, 500],
      want: "has same timestamp (500) as prior but different size (prior 8, current 9)",
    },
    {
      name: "time in the future",
      now: [8, 1001],
      prior: [8, 500],
      want: "has timestamp (1001) in the future (relative to copy start 1001)",
    },
  ] as { name: string; now: [number, number]; prior: [number, number]; want: string }[]
) {
  Deno.test(`delta switches itself on for all files: ${name}`, async () => {
    const { fate, delta, warnings } = await fates(
      { "pg_data/a": { size: 8, time: 500 }, "pg_data/b": { size: now[0], time: now[1] } },
      { "pg_data/a": { size: 8, time: 500 }, "pg_data/b": { size: prior[0], time: prior[1] } },
    );
    assertEquals([delta, fate["pg_data/a"]], [true, `compare ${PRIOR}`]);
    assertEquals(warnings, [`file 'pg_data/b' ${want}, enabling delta checksum`]);
  });
}

Deno.test("the size before a file grew under the prior copy counts for the time rule", async () => {
  const grown = { size: 120, originalSize: 100, time: 500 };
  assertEquals((await fates({ "pg_data/f": { size: 100, time: 500 } }, { "pg_data/f": grown })).delta, false);
  assertEquals((await fates({ "pg_data/f": { size: 120, time: 500 } }, { "pg_data/f": grown })).delta, true);
});

Deno.test("timeline switch and change of online switch delta on, one of them is told", async () => {
  const reasons = setReasons({ label: PRIOR, online: true, timeline: 1 }, { online: false, timeline: 2 });
  assertEquals(reasons.map((text) => text.split("\n")[0]), [
    `a timeline switch has occurred since the ${PRIOR} backup, enabling delta checksum`,
    `the online option has changed since the ${PRIOR} backup, enabling delta checksum`,
  ]);
  assertEquals(setReasons({ label: PRIOR, online: true, timeline: 1 }, { online: true, timeline: 1 }), []);
  const { delta, warnings } = await fates({}, {}, { reasons });
  assertEquals([delta, warnings.length], [true, 1]);
});
