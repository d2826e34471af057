import { assertEquals } from "@std/assert";
import { newArchiveInfo, readArchiveInfo } from "../../../src/repository/info/archive_info.ts";
import { readBackupInfo } from "../../../src/repository/info/backup_info.ts";
import type { BackupRecord } from "../../../src/repository/info/backup_record.ts";
import { readManifest } from "../../../src/repository/manifest/manifest.ts";
import { detailsOf } from "../../../src/repository/report/details.ts";
import { reportJson } from "../../../src/repository/report/json.ts";
import { percentText, sizeText, timeText } from "../../../src/repository/report/size_text.ts";
import {
  type LockState,
  type ReportRequest,
  type RepositoryFinding,
  stanzaReport,
} from "../../../src/repository/report/stanza.ts";
import { reportText } from "../../../src/repository/report/text.ts";
import { parseStoredSegment } from "../../../src/repository/wal/stored_name.ts";
import { GOLDEN, golden, goldenManifest } from "../golden.ts";
import { CLUSTER_14, CLUSTER_15, madeInfo, madeRecord, wal } from "../made.ts";
import { madeManifest } from "../manifest/made_manifest.ts";
import { textOf } from "../pieces.ts";

const FREE: LockState = { held: false };
const FULL = "20261122-072810F";

for (const repository of GOLDEN) {
  Deno.test(`info prints the JSON pgBackRest prints: ${repository}`, async () => {
    const cipher = repository === "gz-block-aes" ? "aes-256-cbc" : "none";
    const finding: RepositoryFinding = { key: 1, cipher, backupLock: FREE, found: await goldenFinding(repository) };
    const report = stanzaReport("demo", [finding], { request: {}, restoreLock: FREE });
    assertEquals(reportJson([report], { level: "full" }), textOf(await golden(repository, "info.json")));
  });
}

/** The sample in the command line notes, of a plain run. */
const PLAIN = madeRecord(FULL, {
  annotation: { note: "two words", who: "me" },
  walStart: wal(4),
  walStop: wal(5),
  lsnStart: 0x4000028n,
  lsnStop: 0x5000050n,
  pageErrors: false,
  size: 23213931,
  sizeDelta: 23213931,
  repoSize: 3075964,
  repoSizeDelta: 3075964,
  timeStart: 1795332490,
  timeStop: 1795332493,
});

Deno.test("info prints the sample of a full backup as JSON", () => {
  const report = reportOf([loaded(1, [PLAIN], { min: wal(1), max: wal(8) })]);
  assertEquals(
    reportJson([report], { level: "full" }),
    '[{"archive":[{"database":{"id":1,"repo-key":1},"id":"15-1","max":"000000010000000000000008","min":"000000010000000000000001"}],' +
      '"backup":[{"annotation":{"note":"two words","who":"me"},"archive":{"start":"000000010000000000000004","stop":"000000010000000000000005"},' +
      '"backrest":{"format":5,"version":"2.59.1"},"database":{"id":1,"repo-key":1},"error":false,' +
      '"info":{"delta":23213931,"repository":{"delta":3075964,"size":3075964},"size":23213931},"label":"20261122-072810F",' +
      '"lsn":{"start":"0/4000028","stop":"0/5000050"},"prior":null,"reference":null,"timestamp":{"start":1795332490,"stop":1795332493},"type":"full"}],' +
      '"cipher":"none","db":[{"id":1,"repo-key":1,"system-id":7710911066132591146,"version":"15"}],"name":"demo",' +
      '"repo":[{"cipher":"none","key":1,"status":{"code":0,"message":"ok"}}],' +
      '"status":{"code":0,"lock":{"backup":{"held":false},"restore":{"held":false}},"message":"ok"}}]',
  );
});

Deno.test("info prints the sample of a plain run as text", () => {
  const incr = madeRecord(`${FULL}_20261122-073221I`, {
    references: [FULL, `${FULL}_20261122-072849D`],
    size: 98094284,
    sizeDelta: 67475865,
    repoSize: 5400166,
    repoSizeDelta: 1310720,
    timeStart: 1795332741,
    timeStop: 1795332752,
  });
  assertEquals(
    reportText([reportOf([loaded(1, [incr], { min: wal(1), max: wal(10) })])], { level: "full" }),
    `stanza: demo
    status: ok
    cipher: none

    db (current)
        wal archive min/max (15): 000000010000000000000001/00000001000000000000000A

        incr backup: 20261122-072810F_20261122-073221I
            timestamp start/stop: ${timeText(1795332741)} / ${timeText(1795332752)}
            wal start/stop: n/a
            database size: 93.5MB, database backup size: 64.3MB
            repo1: backup set size: 5.1MB, backup size: 1.2MB
            backup reference total: 1 full, 1 diff
`,
  );
});

Deno.test("info prints the sample of a set as text", () => {
  const label = `${FULL}_20261122-072849D`;
  const diff = madeRecord(label, {
    walStart: wal(10),
    walStop: wal(10),
    lsnStart: 0xa000028n,
    lsnStop: 0xa000440n,
    size: 30880563,
    sizeDelta: 9175040,
    repoSize: 4141875,
    repoSizeDelta: 1205862,
    timeStart: 1795332529,
    timeStop: 1795332531,
    pageErrors: false,
  });
  const details = {
    databases: [{ name: "app", oid: 16384 }, { name: "postgres", oid: 5 }],
    links: [],
    tablespaces: [{ name: "ts1", oid: 16386, destination: "/srv/ts1" }],
    errorFiles: [],
  };
  const request = { set: { label, details: new Map([[1, details]]) } };
  assertEquals(
    reportText([reportOf([loaded(1, [PLAIN, diff], { min: wal(1), max: wal(10) })], request)], { level: "full" }),
    `stanza: demo
    status: ok
    cipher: none

    db (current)
        wal archive min/max (15): 000000010000000000000001/00000001000000000000000A

        diff backup: 20261122-072810F_20261122-072849D
            timestamp start/stop: ${timeText(1795332529)} / ${timeText(1795332531)}
            wal start/stop: 00000001000000000000000A / 00000001000000000000000A
            lsn start/stop: 0/A000028 / 0/A000440
            database size: 29.4MB, database backup size: 8.7MB
            repo1: backup set size: 3.9MB, backup size: 1.1MB
            backup reference list: 20261122-072810F
            database list: app (16384), postgres (5)
            tablespaces:
                ts1 (16386) => /srv/ts1
`,
  );
});

Deno.test("a set shows all that its manifest tells", () => {
  const manifest = madeManifest();
  const { label } = manifest.backup;
  const details = detailsOf(manifest);
  const record = madeRecord(label, {
    annotation: { why: "a", who: "me" },
    pageErrors: true,
    repoSizeMap: 7,
    repoSizeMapDelta: 5,
  });
  const report = reportOf([loaded(1, [record])], { set: { label, details: new Map([[1, details]]) } });
  assertEquals(
    reportText([report], { level: "full" }).split("\n").slice(-12).join("\n"),
    `            repo1: backup size: 512B
            backup reference list: 20261122-083310F
            database list: odd "name" = x (16385), postgres (5)
            symlinks:
                postgresql.conf => ../etc/my.conf
            tablespaces:
                ts (16384) => /srv/ts
            error list: base/1/2
            annotation(s)
                who: me
                why: a
`,
  );
  const [{ backup: [backup] }] = JSON.parse(reportJson([report], { level: "full" }));
  assertEquals(backup["database-ref"], [{ name: 'odd "name" = x', oid: 16385 }, { name: "postgres", oid: 5 }]);
  assertEquals(backup["link"], [{ name: "postgresql.conf", destination: "../etc/my.conf" }]);
  assertEquals(backup["tablespace"], [{ name: "ts", oid: 16384, destination: "/srv/ts" }]);
  assertEquals(backup["error-list"], ["base/1/2"]);
  assertEquals(backup["info"].repository, { delta: 512, "delta-map": 5, "size-map": 7 });
});

Deno.test("a set without databases, links and tablespaces says so", async () => {
  const label = "20261122-083539F";
  const manifest = await readManifest([await goldenManifest("lz4-bundle", label)], { file: "x" });
  manifest.targets = manifest.targets.slice(0, 1);
  delete manifest.databases;
  const report = reportOf([loaded(1, [madeRecord(label)])], {
    set: { label, details: new Map([[1, detailsOf(manifest)]]) },
  });
  assertEquals(reportText([report], { level: "full" }).endsWith("            database list: none\n"), true);
  const [{ backup: [backup] }] = JSON.parse(reportJson([report], { level: "full" }));
  assertEquals([backup["database-ref"], backup["link"], backup["tablespace"]], [[], null, null]);
});

const FAILED: RepositoryFinding = {
  key: 2,
  cipher: "none",
  backupLock: FREE,
  found: { state: "failed", message: "[FormatError] bad\nHINT: x" },
};
const NO_PATH: RepositoryFinding = { key: 2, cipher: "none", backupLock: FREE, found: { state: "noPath" } };
const NO_DATA: RepositoryFinding = { key: 2, cipher: "none", backupLock: FREE, found: { state: "noData" } };
const OTHER_CLUSTER = { ...madeInfo([PLAIN]), entries: [{ ...CLUSTER_14, id: 1 }] };

const STATES: { name: string; findings: RepositoryFinding[]; request?: ReportRequest; code: number; text: string }[] = [
  { name: "no path", findings: [NO_PATH], code: 1, text: "    status: error (missing stanza path)" },
  { name: "no backup", findings: [loaded(1, [])], code: 2, text: "    status: error (no valid backups)" },
  { name: "no data", findings: [NO_DATA], code: 3, text: "    status: error (missing stanza data)" },
  {
    name: "a failed repository",
    findings: [FAILED],
    code: 99,
    text: "    status: error (other)\n            [FormatError] bad\n            HINT: x",
  },
  {
    name: "two repositories alike",
    findings: [loaded(1, []), loaded(2, [])],
    code: 2,
    text: "    status: error (no valid backups)",
  },
  {
    name: "two repositories unlike",
    findings: [loaded(1, [PLAIN]), NO_PATH],
    code: 4,
    text: "    status: mixed\n        repo1: ok\n        repo2: error (missing stanza path)",
  },
  {
    name: "one failed of two",
    findings: [loaded(1, [PLAIN]), FAILED],
    code: 4,
    text:
      "    status: mixed\n        repo1: ok\n        repo2: error (other)\n               [FormatError] bad\n               HINT: x",
  },
  {
    name: "both failed",
    findings: [{ ...FAILED, key: 1 }, FAILED],
    code: 99,
    text:
      "    status: error (other)\n        repo1: error (other)\n               [FormatError] bad\n               HINT: x\n        repo2: error (other)\n" +
      "               [FormatError] bad\n               HINT: x",
  },
  {
    name: "clusters that differ",
    findings: [loaded(1, [PLAIN]), {
      ...NO_PATH,
      found: {
        state: "loaded",
        archive: { entries: OTHER_CLUSTER.entries, currentId: 1 },
        backup: OTHER_CLUSTER,
        wal: [],
      },
    }],
    code: 5,
    text: "    status: error (database mismatch across repos)\n        repo1: ok\n        repo2: ok",
  },
  {
    name: "a set that is not there",
    findings: [loaded(1, [PLAIN])],
    request: { set: { label: "20200101-000000F", details: new Map() } },
    code: 6,
    text: "    status: error (requested backup not found)",
  },
];

for (const { name, findings, request = {}, code, text } of STATES) {
  Deno.test(`info tells the state of a stanza: ${name}`, () => {
    const report = reportOf(findings, request);
    assertEquals(report.status.code, code);
    const whole = reportText([report], { level: "full" });
    const from = whole.indexOf("\n") + 1;
    const end = whole.indexOf("\n    cipher");
    assertEquals(whole.slice(from, end < 0 ? whole.length - 1 : end), text);
    assertEquals(reportText([report], { level: "progress" }), `stanza: demo\n${text}\n`);
  });
}

Deno.test("info without a stanza says so", () => {
  assertEquals(reportText([], { level: "full" }), "No stanzas exist in the repository.\n");
  assertEquals(reportJson([], { level: "full" }), "[]");
});

Deno.test("stanzas are separated by a blank line", () => {
  const report = reportOf([NO_PATH]);
  assertEquals(
    reportText([report, report], { level: "full" }),
    `${"stanza: demo\n    status: error (missing stanza path)\n\n".repeat(2)}`.slice(0, -1),
  );
});

Deno.test("a running backup and restore are told with their progress", () => {
  const running = { held: true, progress: { size: 1000, sizeComplete: 427 } };
  const report = stanzaReport("demo", [{ ...loaded(1, [PLAIN]), backupLock: running }, {
    ...loaded(2, [PLAIN]),
    backupLock: FREE,
  }], {
    request: {},
    restoreLock: { held: true },
  });
  assertEquals(
    reportText([report], { level: "progress" }),
    "stanza: demo\n    status: ok (backup/expire running - 42.70% complete, restore running)\n",
  );
  assertEquals(
    reportJson([report], { level: "progress" }),
    '[{"name":"demo","status":{"code":0,"lock":{"backup":{"held":true,"repo":[{"key":1,"size":1000,"size-cplt":427}],"size":1000,"size-cplt":427},' +
      '"restore":{"held":true}},"message":"ok"}}]',
  );
});

Deno.test("of a backup of pgbackrest 2.45, which tells no sizes, the share is told", () => {
  const report = stanzaReport("demo", [{ ...loaded(1, [PLAIN]), backupLock: { held: true, hundredths: 4277 } }], {
    request: {},
    restoreLock: FREE,
  });
  assertEquals(
    reportText([report], { level: "progress" }),
    "stanza: demo\n    status: ok (backup/expire running - 42.77% complete)\n",
  );
  assertEquals(
    reportJson([report], { level: "progress" }),
    '[{"name":"demo","status":{"code":0,"lock":{"backup":{"held":true},"restore":{"held":false}},"message":"ok"}}]',
  );
});

Deno.test("two running backups are told one by one", () => {
  const running = (sizeComplete: number): LockState => ({ held: true, progress: { size: 1000, sizeComplete } });
  const report = stanzaReport("demo", [{ ...loaded(1, []), backupLock: running(500) }, {
    ...loaded(2, []),
    backupLock: running(0),
  }], {
    request: {},
    restoreLock: FREE,
  });
  assertEquals(
    reportText([report], { level: "progress" }),
    "stanza: demo\n    status: error (no valid backups, backup/expire running - 25.00% complete)\n" +
      "        repo1 backup: 50.00% complete\n        repo2 backup: 0.00% complete\n",
  );
});

Deno.test("of one backup only the cluster it is of is told", () => {
  const second = "20261123-072810F";
  const info = madeInfo([madeRecord(FULL), madeRecord(second, { clusterId: 2 })]);
  const entries = [{ ...CLUSTER_15, id: 1 }, { ...CLUSTER_15, systemId: 1n, id: 2 }];
  const finding: RepositoryFinding = {
    ...loaded(1, []),
    found: {
      state: "loaded",
      archive: { entries, currentId: 2 },
      backup: { ...info, entries, currentId: 2 },
      wal: ["15-1", "15-2"].map((id) => ({ archiveId: id, min: wal(1), max: wal(2) })),
    },
  };
  const details = new Map([[1, detailsOf(madeManifest())]]);
  const groups = (request: ReportRequest) =>
    reportText([reportOf([finding], request)], { level: "full" }).match(/db \(\w+\)/g);
  assertEquals(groups({}), ["db (prior)", "db (current)"]);
  assertEquals(groups({ set: { label: FULL, details } }), ["db (prior)"]);
  assertEquals(groups({ set: { label: second, details } }), ["db (current)"]);
});

Deno.test("backups can be filtered by type without changing the state", () => {
  const report = reportOf([loaded(1, [PLAIN])], { type: "diff" });
  assertEquals([report.status.code, report.backups.length], [0, 0]);
});

Deno.test("ciphers that differ are told by repository", () => {
  const report = reportOf([loaded(1, [PLAIN]), { ...loaded(2, [PLAIN]), cipher: "aes-256-cbc" }]);
  assertEquals(report.cipher, "mixed");
  assertEquals(
    reportText([report], { level: "full" }).includes(
      "    cipher: mixed\n        repo1: none\n        repo2: aes-256-cbc\n\n",
    ),
    true,
  );
});

const SIZES: [bytes: number, text: string][] = [
  [0, "0B"],
  [403, "403B"],
  [1023, "1023B"],
  [1024, "1KB"],
  [8192, "8KB"],
  [1024 * 1024 - 1, "1023.9KB"],
  [1024 * 1024, "1MB"],
  [23213931, "22.1MB"],
  [2 ** 30 - 1, "1023.9MB"],
  [1.5 * 2 ** 30, "1.5GB"],
  [2 ** 42, "4096GB"],
];

for (const [bytes, text] of SIZES) {
  Deno.test(`a size is shown as ${text}`, () => assertEquals(sizeText(bytes), text));
}

Deno.test("shares are cut off, not rounded", () => {
  assertEquals([percentText(0, 10), percentText(2, 3), percentText(10, 10), percentText(0, 0)], [
    "0.00%",
    "66.66%",
    "100.00%",
    "100.00%",
  ]);
});

Deno.test("moments are shown in local time with the zone", () => {
  const [, clock, zone] = /^2026-11-22 (\d\d:\d\d:\d\d)([+-]\d\d(?::\d\d)?)$/.exec(
    timeText(new Date(2026, 10, 22, 8, 3, 9).getTime() / 1000),
  )!;
  assertEquals(clock, "08:03:09");
  const [hours, minutes = "0"] = zone!.slice(1).split(":");
  const east = (Number(hours) * 60 + Number(minutes)) * (zone!.startsWith("-") ? -1 : 1);
  assertEquals(east, 0 - new Date(2026, 10, 22, 8, 3, 9).getTimezoneOffset());
});

function reportOf(findings: RepositoryFinding[], request: ReportRequest = {}) {
  return stanzaReport("demo", findings, { request, restoreLock: FREE });
}

function loaded(key: number, records: BackupRecord[], bounds: { min?: string; max?: string } = {}): RepositoryFinding {
  return {
    key,
    cipher: "none",
    backupLock: FREE,
    found: {
      state: "loaded",
      archive: newArchiveInfo(CLUSTER_15),
      backup: madeInfo(records),
      wal: [{ archiveId: "15-1", ...bounds }],
    },
  };
}

async function goldenFinding(repository: string): Promise<RepositoryFinding["found"]> {
  const names = textOf(await golden(repository, "archive.list")).split("\n").map((path) => path.split("/").at(-1)!);
  const segments = names.flatMap((name) => parseStoredSegment(name)?.name ?? []).sort();
  return {
    state: "loaded",
    archive: await readArchiveInfo([await golden(repository, "archive.info")], { file: "archive.info" }),
    backup: await readBackupInfo([await golden(repository, "backup.info")], { file: "backup.info" }),
    wal: [{ archiveId: "15-1", min: segments[0]!, max: segments.at(-1)! }],
  };
}
