import { assertEquals } from "@std/assert";
import { reportJson, type ReportOptions } from "../../../src/repository/report/json.ts";
import { archiveRanges } from "../../../src/repository/report/archive_ranges.ts";
import { type RepositoryFinding, stanzaReport } from "../../../src/repository/report/stanza.ts";
import { reportText } from "../../../src/repository/report/text.ts";
import { CLUSTER_15, madeInfo, madeRecord, wal } from "../made.ts";

const LABEL = "20231114-221320F";
const RECORD = madeRecord(LABEL, { walStart: wal(2), walStop: wal(4) });

/** What one repository holds: the segments of these numbers and a backup that needs 2 to 4. */
function finding(key: number, numbers: readonly number[]): RepositoryFinding {
  const names = numbers.map((number) => wal(number));
  const ranges = archiveRanges(names, { backups: [RECORD], starts: [], segmentSize: 2 ** 24 });
  const bounds = names.length === 0 ? {} : { min: names[0]!, max: names.at(-1)! };
  const entries = [{ id: 1, systemId: CLUSTER_15.systemId, version: "15" }];
  return {
    key,
    cipher: "none",
    backupLock: { held: false },
    found: {
      state: "loaded",
      archive: { entries, currentId: 1 },
      backup: madeInfo([RECORD]),
      wal: [{ archiveId: "15-1", ...bounds, ...ranges }],
    },
  };
}

/** Lines about the archive in what info prints. */
function walLines(findings: readonly RepositoryFinding[], options: Partial<ReportOptions> = {}): string[] {
  const report = stanzaReport("demo", findings, { request: {}, restoreLock: { held: false } });
  const lines = reportText([report], { level: "full", ...options }).split("\n");
  return lines.filter((line) => line.startsWith("        wal archive")).map((line) => line.trim());
}

const BOUNDS = `wal archive min/max (15): ${wal(1)}/${wal(9)}`;

Deno.test("an archive without a hole is shown as the peer shows it", () => {
  assertEquals(walLines([finding(1, [1, 2, 3, 4, 5, 6, 7, 8, 9])]), [BOUNDS]);
});

Deno.test("a hole is shown with what it means", () => {
  assertEquals(walLines([finding(1, [1, 2, 4, 5, 8, 9])]), [
    BOUNDS,
    `wal archive missing (15): repo1: ${wal(3)} (1 segment), needed to restore ${LABEL}`,
    `wal archive missing (15): repo1: ${wal(6)}/${wal(7)} (2 segments), recovery cannot pass it`,
  ]);
});

Deno.test("what another repository has is not lost", () => {
  assertEquals(walLines([finding(1, [1, 2, 4, 5, 8, 9]), finding(2, [2, 3, 4, 5, 6])]), [
    BOUNDS,
    `wal archive missing (15): repo1: ${wal(3)} (1 segment), found in repo2`,
    `wal archive missing (15): repo1: ${wal(6)}/${wal(7)} (2 segments), recovery cannot pass it`,
  ]);
});

Deno.test("many holes are counted, not listed", () => {
  const lines = walLines([finding(1, [1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18])]);
  assertEquals([lines.length, lines.at(-1)], [
    7,
    "wal archive missing (15): repo1: 2 more, shown by --output=json --archive-ranges",
  ]);
});

Deno.test("WAL that a backup needs is missed even where the archive is empty", () => {
  assertEquals(walLines([finding(1, [])]), [
    "wal archive min/max (15): none present",
    `wal archive missing (15): repo1: ${wal(2)}/${wal(4)} (3 segments), needed to restore ${LABEL}`,
  ]);
});

Deno.test("ranges are shown when they are asked for", () => {
  assertEquals(walLines([finding(1, [1, 2, 3, 4, 9])], { ranges: true }), [
    BOUNDS,
    `wal archive range (15): repo1: ${wal(1)}/${wal(4)} (4 segments)`,
    `wal archive range (15): repo1: ${wal(9)} (1 segment)`,
    `wal archive missing (15): repo1: ${wal(5)}/${wal(8)} (4 segments), recovery cannot pass it`,
  ]);
});

Deno.test("as JSON ranges and holes are two more keys of an archive, and none unless they are asked for", () => {
  const report = stanzaReport("demo", [finding(1, [1, 2, 4, 5, 9])], { request: {}, restoreLock: { held: false } });
  const archive = (ranges: boolean) => JSON.parse(reportJson([report], { level: "full", ranges }))[0].archive[0];
  const plain = { database: { id: 1, "repo-key": 1 }, id: "15-1", max: wal(9), min: wal(1) };
  assertEquals(archive(false), plain);
  assertEquals(archive(true), {
    ...plain,
    range: [
      { count: 2, max: wal(2), min: wal(1), timeline: 1 },
      { count: 2, max: wal(5), min: wal(4), timeline: 1 },
      { count: 1, max: wal(9), min: wal(9), timeline: 1 },
    ],
    missing: [
      { backup: [LABEL], count: 1, max: wal(3), min: wal(3), timeline: 1 },
      { backup: null, count: 3, max: wal(8), min: wal(6), timeline: 1 },
    ],
  });
});
