import { assertEquals, assertMatch } from "@std/assert";
import { roomWarnings } from "../../../src/command/check/repository_room.ts";
import { madeInfo, madeRecord } from "../../repository/made.ts";

const EXTENT = { files: 1000, bytes: 50 * 2 ** 20 };
const FULL = madeRecord("20231114-221320F", { repoSizeDelta: 8 * 2 ** 20 });
const DIFF = madeRecord("20231114-221320F_20231115-221320D", { repoSizeDelta: 2 ** 20 });
const EMPTY = madeInfo([]);

const CASES: {
  name: string;
  room: { bytes: number; files?: number };
  backup?: typeof EMPTY;
  bundle?: boolean;
  warnings: RegExp[];
}[] = [
  { name: "room for all", room: { bytes: 51 * 2 ** 20, files: 1000 }, warnings: [] },
  {
    name: "less than the cluster, before there is a backup",
    room: { bytes: 49 * 2 ** 20 },
    warnings: [/^repo3 has 49MB free, and the cluster has 50MB before compression\nHINT: .*repo3-retention-full/],
  },
  {
    name: "as much as the last full backup took",
    room: { bytes: 8 * 2 ** 20 },
    backup: madeInfo([FULL]),
    warnings: [],
  },
  {
    name: "less than the last full backup took, whatever came after it",
    room: { bytes: 8 * 2 ** 20 - 1 },
    backup: madeInfo([FULL, DIFF]),
    warnings: [/^repo3 has 7.9MB free, but the last full backup '20231114-221320F' took 8MB\n/],
  },
  {
    name: "a last full backup of another cluster does not count",
    room: { bytes: 2 ** 20 },
    backup: madeInfo([{ ...FULL, clusterId: 2 }]),
    warnings: [/^repo3 has 1MB free, and the cluster has 50MB/],
  },
  {
    name: "too few files",
    room: { bytes: 2 ** 40, files: 999 },
    warnings: [/^repo3 has room for 999 more files, but the cluster has 1000\nHINT: .*repo-bundle/],
  },
  { name: "few files where a backup bundles them", room: { bytes: 2 ** 40, files: 9 }, bundle: true, warnings: [] },
];

for (const { name, room, backup = EMPTY, bundle = false, warnings } of CASES) {
  Deno.test(`room for the next full backup: ${name}`, () => {
    const found = roomWarnings(room, { key: 3, extent: EXTENT, backup, bundle });
    assertEquals(found.length, warnings.length, found.join("\n"));
    for (const [at, warning] of warnings.entries()) assertMatch(found[at]!, warning);
  });
}
