import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../../src/error.ts";
import { formatLsn, parseLsn } from "../../../src/repository/wal/lsn.ts";
import {
  isBackupFile,
  isHistoryFile,
  isSegment,
  isStoredAsSegment,
  nextSegment,
  parseSegment,
  segmentFolder,
  segmentName,
  segmentRange,
  segmentRuns,
  timelineOf,
} from "../../../src/repository/wal/segment.ts";

const MIB = 1024 * 1024;

const LSNS: { text: string; lsn: bigint }[] = [
  { text: "0/0", lsn: 0n },
  { text: "0/2000028", lsn: 0x2000028n },
  { text: "16/B374D848", lsn: 0x16_b374d848n },
  { text: "FFFFFFFF/FFFFFFFF", lsn: 0xffffffff_ffffffffn },
];

for (const { text, lsn } of LSNS) {
  Deno.test(`a WAL position is read and written: ${text}`, () => {
    assertEquals(parseLsn(text), lsn);
    assertEquals(formatLsn(lsn), text);
  });
}

Deno.test("a WAL position may have small letters and leading zeros", () => {
  assertEquals(parseLsn("0/00abcdef"), 0xabcdefn);
});

for (const text of ["", "0", "0/", "/0", "0/123456789", "g/0", "0/0 ", "0x1/0"]) {
  Deno.test(`no WAL position: ${JSON.stringify(text)}`, () => {
    assertEquals(assertThrows(() => parseLsn(text), BackRestError).kind, "format");
  });
}

const SEGMENTS: { name: string; timeline: number; lsn: bigint; size: number; segment: string; next: string }[] = [
  {
    name: "the first",
    timeline: 1,
    lsn: 0n,
    size: 16 * MIB,
    segment: "000000010000000000000000",
    next: "000000010000000000000001",
  },
  {
    name: "within a segment",
    timeline: 0xab,
    lsn: 0x16_b374d848n,
    size: 16 * MIB,
    segment: "000000AB00000016000000B3",
    next: "000000AB00000016000000B4",
  },
  {
    name: "the last of a half",
    timeline: 1,
    lsn: 0x0_ff000000n,
    size: 16 * MIB,
    segment: "0000000100000000000000FF",
    next: "000000010000000100000000",
  },
  {
    name: "of 1 MiB",
    timeline: 1,
    lsn: 0x0_fff00000n,
    size: MIB,
    segment: "000000010000000000000FFF",
    next: "000000010000000100000000",
  },
  {
    name: "of 64 MiB",
    timeline: 1,
    lsn: 0x2_fc000000n,
    size: 64 * MIB,
    segment: "00000001000000020000003F",
    next: "000000010000000300000000",
  },
  {
    name: "of 1 GiB",
    timeline: 1,
    lsn: 0x2_80000000n,
    size: 1024 * MIB,
    segment: "000000010000000200000002",
    next: "000000010000000200000003",
  },
];

for (const { name, timeline, lsn, size, segment, next } of SEGMENTS) {
  Deno.test(`segments are numbered: ${name}`, () => {
    const options = { segmentSize: size };
    assertEquals(segmentName(timeline, lsn, options), segment);
    assertEquals(nextSegment(segment, options), next);
    const parsed = parseSegment(segment, options);
    assertEquals(parsed, { timeline, start: lsn - lsn % BigInt(size) });
    assertEquals(segmentName(parsed.timeline, parsed.start, options), segment);
    assertEquals(timelineOf(segment), timeline);
  });
}

Deno.test("a name has to fit the segment size", () => {
  const error = assertThrows(() => parseSegment("000000010000000000000100", { segmentSize: 16 * MIB }), BackRestError);
  assertEquals(error.kind, "format");
  assertThrows(
    () => nextSegment("00000001000000000000000", { segmentSize: MIB }),
    BackRestError,
    "is not a WAL segment name",
  );
});

Deno.test("a range holds the segments of both of its ends", () => {
  const range = { timeline: 2, start: 0x0_fe000028n, stop: 0x1_01000000n };
  assertEquals([...segmentRange(range, { segmentSize: 16 * MIB })], [
    "0000000200000000000000FE",
    "0000000200000000000000FF",
    "000000020000000100000000",
    "000000020000000100000001",
  ]);
  assertEquals([...segmentRange({ timeline: 1, start: 5n, stop: 6n }, { segmentSize: MIB })], [
    "000000010000000000000000",
  ]);
});

Deno.test("holes and timelines end a run of segments", () => {
  const names = [
    "0000000100000000000000FE",
    "0000000100000000000000FE",
    "0000000100000000000000FF",
    "000000010000000100000000",
    "000000010000000100000002",
    "000000020000000100000003",
  ];
  assertEquals(segmentRuns(names, { segmentSize: 16 * MIB }), [
    { first: "0000000100000000000000FE", last: "000000010000000100000000", count: 3 },
    { first: "000000010000000100000002", last: "000000010000000100000002", count: 1 },
    { first: "000000020000000100000003", last: "000000020000000100000003", count: 1 },
  ]);
  assertEquals(segmentRuns([], { segmentSize: MIB }), []);
});

const KINDS: { name: string; kinds: string[]; folder?: string }[] = [
  { name: "0000000100000000000000FE", kinds: ["segment", "stored"], folder: "0000000100000000" },
  { name: "0000000100000000000000FE.partial", kinds: ["stored"], folder: "0000000100000000" },
  { name: "0000000100000000000000FE.00000028.backup", kinds: ["backup"], folder: "0000000100000000" },
  { name: "00000002.history", kinds: ["history"] },
  { name: "0000000100000000000000fe", kinds: [] },
  { name: "0000000100000000000000F@", kinds: ["stored"], folder: "0000000100000000" },
  { name: "0000000100000000000000FE-x", kinds: [], folder: "0000000100000000" },
  { name: "otherfile", kinds: [] },
];

for (const { name, kinds, folder } of KINDS) {
  Deno.test(`an archived name is recognised: ${name}`, () => {
    const found = [
      isSegment(name) && "segment",
      isStoredAsSegment(name) && "stored",
      isBackupFile(name) && "backup",
      isHistoryFile(name) && "history",
    ].filter((kind) => kind !== false);
    assertEquals(found, kinds);
    assertEquals(segmentFolder(name), folder);
  });
}
