import { assertEquals } from "@std/assert";
import type { BackupRecord } from "../../../src/repository/info/backup_record.ts";
import {
  type ArchiveFacts,
  archiveRanges,
  segmentSizeOf,
  type TimelineStart,
} from "../../../src/repository/report/archive_ranges.ts";
import { madeRecord, wal } from "../made.ts";

const MIB = 2 ** 20;
const SEGMENT = 16 * MIB;

const [F1, F2] = ["20231114-221320F", "20231115-221320F"] as const;

/** A backup that needs these segments. */
function backup(label: string, first: number, last: number, other: Partial<BackupRecord> = {}): BackupRecord {
  return madeRecord(label, { walStart: wal(first), walStop: wal(last), ...other });
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** Names of segments by timeline, ascending. */
function names(...timelines: (readonly number[])[]): string[] {
  return timelines.flatMap((segments, at) => segments.map((segment) => wal(segment, at + 1)));
}

/** Ranges and holes in short: `1:4-6`, and after a blank the backups that need them. */
function look(present: readonly string[], facts: Partial<ArchiveFacts> = {}): { ranges: string[]; missing: string[] } {
  const number = (name: string) => parseInt(name.slice(8, 16), 16) * 256 + parseInt(name.slice(16), 16);
  const found = archiveRanges(present, { backups: [], starts: [], segmentSize: SEGMENT, ...facts });
  const short = ({ first, last, count }: { first: string; last: string; count: number }): string => {
    assertEquals(count, number(last) - number(first) + 1, `count of ${first}/${last}`);
    return `${parseInt(first.slice(0, 8), 16)}:${number(first)}-${number(last)}`;
  };
  return {
    ranges: found.ranges.map(short),
    missing: found.missing.map((hole) => [short(hole), ...hole.neededBy].join(" ")),
  };
}

const CASES: {
  name: string;
  present: string[];
  backups?: BackupRecord[];
  starts?: TimelineStart[];
  ranges: string[];
  missing: string[];
}[] = [
  { name: "nothing at all", present: [], ranges: [], missing: [] },
  { name: "one segment", present: names([7]), ranges: ["1:7-7"], missing: [] },
  {
    name: "a run over the end of a folder",
    present: names(numbers(250, 260)),
    ranges: ["1:250-260"],
    missing: [],
  },
  {
    name: "a segment that is stored twice",
    present: names([1, 2, 2, 3]),
    ranges: ["1:1-3"],
    missing: [],
  },
  {
    name: "holes of one and of several segments",
    present: names([1, 2, 4, 5, 9]),
    ranges: ["1:1-2", "1:4-5", "1:9-9"],
    missing: ["1:3-3", "1:6-8"],
  },
  {
    name: "a hole within what a backup needs",
    present: names([1, 2, 4, 5, 8]),
    backups: [backup(F1, 2, 4), backup(F2, 5, 8)],
    ranges: ["1:1-2", "1:4-5", "1:8-8"],
    missing: [`1:3-3 ${F1}`, `1:6-7 ${F2}`],
  },
  {
    name: "what expire left between two backups is no hole",
    present: names([2, 3, 10, 11, 12]),
    backups: [backup(F1, 2, 3), backup(F2, 10, 11)],
    ranges: ["1:2-3", "1:10-12"],
    missing: [],
  },
  {
    name: "a hole that begins behind a backup but ends before no other",
    present: names([2, 3, 9, 10, 11]),
    backups: [backup(F1, 2, 3), backup(F2, 10, 11)],
    ranges: ["1:2-3", "1:9-11"],
    missing: ["1:4-8"],
  },
  {
    name: "a backup between two others whose WAL is gone",
    present: names([2, 3, 20, 21]),
    backups: [backup(F1, 2, 3), backup(`${F1}_20231114-231320D`, 10, 11), backup(F2, 20, 21)],
    ranges: ["1:2-3", "1:20-21"],
    missing: [`1:10-11 ${F1}_20231114-231320D`],
  },
  {
    name: "backups whose WAL lies before and behind all that is there",
    present: names([10, 11]),
    backups: [backup(F1, 2, 3), backup(F2, 11, 12)],
    ranges: ["1:10-11"],
    missing: [`1:2-3 ${F1}`, `1:12-12 ${F2}`],
  },
  {
    name: "a backup on a timeline without any WAL",
    present: [],
    backups: [backup(F1, 2, 3)],
    ranges: [],
    missing: [`1:2-3 ${F1}`],
  },
  {
    name: "backups that do not rely on the archive, and offline ones",
    present: names([10]),
    backups: [
      backup(F1, 2, 3, { options: { ...madeRecord(F1).options, archiveCopy: true } }),
      backup(F2, 4, 5, { options: { ...madeRecord(F1).options, archiveCheck: false } }),
      madeRecord("20231116-221320F"),
    ],
    ranges: ["1:10-10"],
    missing: [],
  },
  {
    name: "a timeline that begins where its parent was left",
    present: names(numbers(1, 7), numbers(8, 10)),
    starts: [{ timeline: 2, parent: 1, lsn: BigInt(8 * SEGMENT + 40) }],
    ranges: ["1:1-7", "2:8-10"],
    missing: [],
  },
  {
    name: "a parent that went on by itself",
    present: names(numbers(1, 20), numbers(8, 10)),
    starts: [{ timeline: 2, parent: 1, lsn: BigInt(8 * SEGMENT + 40) }],
    ranges: ["1:1-20", "2:8-10"],
    missing: [],
  },
  {
    name: "missing WAL on both sides of a fork",
    present: names(numbers(1, 5), numbers(11, 12)),
    starts: [{ timeline: 2, parent: 1, lsn: BigInt(8 * SEGMENT + 40) }],
    ranges: ["1:1-5", "2:11-12"],
    missing: ["1:6-7", "2:8-10"],
  },
  {
    name: "a fork that expire left out between two backups",
    present: names([2, 3], [11, 12]),
    backups: [backup(F1, 2, 3), madeRecord(F2, { walStart: wal(11, 2), walStop: wal(12, 2) })],
    starts: [{ timeline: 2, parent: 1, lsn: BigInt(8 * SEGMENT) }],
    ranges: ["1:2-3", "2:11-12"],
    missing: [],
  },
  {
    name: "timelines whose parent is not in the archive or has nothing before the fork",
    present: names([20], [11, 12], [30]),
    starts: [
      { timeline: 2, parent: 1, lsn: BigInt(8 * SEGMENT) },
      { timeline: 3, parent: 7, lsn: BigInt(8 * SEGMENT) },
      { timeline: 9, parent: 1, lsn: BigInt(8 * SEGMENT) },
    ],
    ranges: ["1:20-20", "2:11-12", "3:30-30"],
    missing: [],
  },
  {
    name: "a name that no segment of this size has",
    present: [...names([1, 2]), "000000010000000000000100"],
    ranges: ["1:1-2"],
    missing: [],
  },
];

for (const { name, present, ranges, missing, ...facts } of CASES) {
  Deno.test(`ranges and holes of an archive: ${name}`, () => {
    assertEquals(look(present, facts), { ranges, missing });
  });
}

Deno.test("whatever is missing, ranges and holes together are everything from the first to the last segment", () => {
  let seed = 20261122;
  const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
  for (let round = 0; round < 200; round++) {
    const share = 1 + random(9);
    const present = numbers(random(600), 700).filter(() => random(10) < share);
    const found = archiveRanges(names(present), { backups: [], starts: [], segmentSize: SEGMENT });
    const expand = (runs: { first: string; count: number }[]) =>
      runs.flatMap(({ first, count }) => {
        const from = parseInt(first.slice(8, 16), 16) * 256 + parseInt(first.slice(16), 16);
        return numbers(from, from + count - 1);
      });
    assertEquals(expand(found.ranges), present);
    const all = [...present, ...expand(found.missing)].sort((a, b) => a - b);
    assertEquals(all, present.length === 0 ? [] : numbers(present[0]!, present.at(-1)!));
  }
});

Deno.test("segments of other sizes form ranges across folders", () => {
  const name = (folder: number, segment: number) =>
    `00000001${folder.toString(16).padStart(8, "0")}${segment.toString(16).padStart(8, "0")}`.toUpperCase();
  const big = [name(0, 2), name(0, 3), name(1, 0), name(1, 2)];
  const found = archiveRanges(big, { backups: [], starts: [], segmentSize: 1024 * MIB });
  assertEquals(found.ranges.map(({ count }) => count), [3, 1]);
  assertEquals(found.missing, [{ first: name(1, 1), last: name(1, 1), count: 1, neededBy: [] }]);
  const small = [name(0, 4094), name(0, 4095), name(1, 0)];
  assertEquals(archiveRanges(small, { backups: [], starts: [], segmentSize: MIB }).missing, []);
});

Deno.test("the size of segments is told by where a backup began, else by the names", () => {
  const at = (walStart: string, lsnStart: bigint) => madeRecord(F1, { walStart, lsnStart });
  for (const size of [MIB, SEGMENT, 64 * MIB, 1024 * MIB]) {
    const lsn = BigInt(size) * 3n + 40n;
    const record = at(`0000000100000000${(3).toString(16).padStart(8, "0")}`, lsn);
    assertEquals(segmentSizeOf([madeRecord(F2), record], ["0000000100000000000000FF"]), size);
  }
  const silent = at("000000010000000100000000", 0x1_0000_0028n);
  assertEquals(segmentSizeOf([silent], ["0000000100000001000000FF"]), SEGMENT, "every size fits the first of a folder");
  assertEquals(segmentSizeOf([], ["00000001000000010000003F"]), 64 * MIB);
  assertEquals(segmentSizeOf([], ["000000010000000100000FFF"]), MIB);
  assertEquals(segmentSizeOf([], []), 1024 * MIB);
});
