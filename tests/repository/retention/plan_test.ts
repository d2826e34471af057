import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../../src/error.ts";
import type { BackupInfo } from "../../../src/repository/info/backup_info.ts";
import type { BackupRecord } from "../../../src/repository/info/backup_record.ts";
import { type ExpirePlan, planExpire, type StanzaContent } from "../../../src/repository/retention/plan.ts";
import {
  type ExpireRequest,
  type RetentionPolicy,
  withArchiveDefault,
} from "../../../src/repository/retention/policy.ts";
import type { ArchiveListing } from "../../../src/repository/retention/wal_files.ts";
import { CLUSTER_14, CLUSTER_15, madeInfo, madeRecord, wal } from "../made.ts";

const DAY = 86400;
const COUNT: RetentionPolicy = { fullType: "count", archiveType: "full" };
const SHA1 = "1449b7dbc12df6cd7a037d912946cb23e6ba3f86";

/** The repository of the worked examples in the behaviour notes: name, label, first and last segment. */
const EXAMPLE: [name: string, label: string, start: number, stop: number][] = [
  ["F1", "20261101-000000F", 0x08, 0x09],
  ["F2", "20261102-000000F", 0x0f, 0x0f],
  ["F3", "20261103-000000F", 0x12, 0x12],
  ["F4", "20261104-000000F", 0x23, 0x23],
  ["F5", "20261105-000000F", 0x26, 0x26],
  ["I5", "20261105-000000F_20261105-120000I", 0x29, 0x29],
  ["F6", "20261106-000000F", 0x2c, 0x2c],
  ["F7", "20261107-000000F", 0x2f, 0x2f],
  ["F8", "20261108-000000F", 0x32, 0x33],
  ["F9", "20261109-000000F", 0x38, 0x38],
  ["D1", "20261109-000000F_20261109-010000D", 0x39, 0x3a],
  ["I1", "20261109-000000F_20261109-020000I", 0x3b, 0x3c],
  ["D2", "20261109-000000F_20261109-030000D", 0x3d, 0x3e],
];
const NAMES = new Map(EXAMPLE.map(([name, label]) => [label, name]));
const LABELS = new Map(EXAMPLE.map(([name, label]) => [name, label]));
const NOW = 1794600000;

const RECORDS = EXAMPLE.map(([name, label, start, stop]) =>
  madeRecord(label, {
    walStart: wal(start),
    walStop: wal(stop),
    timeStop: NOW - 1000,
    ...(name === "I1" ? { prior: LABELS.get("D1")! } : {}),
  })
);

const WORKED: {
  name: string;
  policy: Partial<RetentionPolicy>;
  request?: ExpireRequest;
  expired: string;
  wal: string;
}[] = [
  { name: "full=3", policy: { full: 3 }, expired: "F1 F2 F3 F4 F5 I5 F6", wal: "08-2E" },
  {
    name: "full=3 archive=1",
    policy: { full: 3, archive: 1 },
    expired: "F1 F2 F3 F4 F5 I5 F6",
    wal: "08-2E 30-31 34-37",
  },
  { name: "full=3 archive=5", policy: { full: 3, archive: 5 }, expired: "F1 F2 F3 F4 F5 I5 F6", wal: "" },
  { name: "full=9 diff=1", policy: { full: 9, diff: 1 }, expired: "D1 I1", wal: "" },
  {
    name: "diff=2 archive-type=diff",
    policy: { diff: 2, archiveType: "diff" },
    expired: "",
    wal: "0A-0E 10-11 13-22 24-25 27-28 2A-2B 2D-2E 30-31 34-37",
  },
  {
    name: "archive-type=incr archive=2",
    policy: { archiveType: "incr", archive: 2 },
    expired: "",
    wal: "0A-0E 10-11 13-22 24-25 27-28 2A-2B 2D-2E 30-31 34-37",
  },
  { name: "--set=F9", policy: { full: 9 }, request: { set: LABELS.get("F9")! }, expired: "F9 D1 I1 D2", wal: "" },
  { name: "--set=D1", policy: { full: 9 }, request: { set: LABELS.get("D1")! }, expired: "D1 I1", wal: "" },
  { name: "--oldest", policy: { full: 9 }, request: { oldest: true }, expired: "F1", wal: "08-0E" },
  {
    name: "full=3 --archive-expire-before=30",
    policy: { full: 3 },
    request: { archiveExpireBefore: wal(0x30) },
    expired: "F1 F2 F3 F4 F5 I5 F6",
    wal: "08-2E",
  },
  {
    name: "full=9 --archive-expire-before=0C",
    policy: { full: 9 },
    request: { archiveExpireBefore: wal(0x0c) },
    expired: "",
    wal: "",
  },
  { name: "full-type=time full=1", policy: { full: 1, fullType: "time" }, expired: "", wal: "" },
];

for (const { name, policy, request = {}, expired, wal: removed } of WORKED) {
  Deno.test(`expire decides as in the worked example ${name}`, () => {
    const plan = planOf(madeInfo(RECORDS), { policy: { ...COUNT, ...policy }, request });
    assertEquals(
      plan.expired.map(({ label }) => NAMES.get(label)).sort().join(" "),
      expired.split(" ").sort().join(" "),
    );
    assertEquals(removedWal(plan), removed);
  });
}

Deno.test("WAL may be kept from before the backups when it is wanted", () => {
  const info = madeInfo(RECORDS.slice(8));
  const early = { policy: { ...COUNT, full: 2 }, request: { archiveExpireBefore: wal(0x20) } };
  assertEquals(removedWal(planOf(info, early)), "08-1F");
  assertEquals(removedWal(planOf(info, { ...early, request: {} })), "08-31");
});

Deno.test("dependents go before what they depend on", () => {
  const plan = planOf(madeInfo(RECORDS), { policy: COUNT, request: { set: LABELS.get("D1")! } });
  assertEquals(plan.expired.map(({ label }) => NAMES.get(label)), ["I1", "D1"]);
  assertEquals(plan.folders.map((label) => NAMES.get(label)), ["I1", "D1"]);
});

Deno.test("time keeps the newest full that is old enough and all behind it", () => {
  const info = madeInfo(
    [1, 8, 15, 22].map((day, at) =>
      madeRecord(`202611${String(day).padStart(2, "0")}-000000F`, {
        timeStop: day * DAY,
        walStart: wal(8 + at * 8),
        walStop: wal(9 + at * 8),
      })
    ),
  );
  const plan = planOf(info, { policy: { full: 7, fullType: "time", archiveType: "full" }, request: {}, now: 24 * DAY });
  assertEquals(plan.expired.map(({ label }) => label), ["20261101-000000F", "20261108-000000F"]);
  assertEquals(plan.policy.archive, 2);
  assertEquals(removedWal(plan), "08-17");
});

const TIMES: { name: string; days: number; ages: number[]; expired: number }[] = [
  { name: "none is old enough", days: 7, ages: [7, 6, 5], expired: 0 },
  { name: "only the oldest is old enough", days: 7, ages: [8, 6, 5], expired: 0 },
  { name: "two are old enough", days: 7, ages: [9, 8, 5], expired: 1 },
  { name: "all are old enough", days: 1, ages: [9, 8, 5], expired: 2 },
];

for (const { name, days, ages, expired } of TIMES) {
  Deno.test(`time based retention when ${name}`, () => {
    const info = madeInfo(
      ages.map((age, at) =>
        madeRecord(`2026110${at + 1}-000000F`, {
          timeStop: NOW - age * DAY,
          walStart: wal(0x10 + at),
          walStop: wal(0x10 + at),
        })
      ),
    );
    const plan = planOf(info, { policy: { full: days, fullType: "time", archiveType: "full" }, request: {} });
    assertEquals(plan.expired.length, expired);
    assertEquals(plan.policy.archive, expired === 0 ? undefined : ages.length - expired);
  });
}

const LAST_FULL: { name: string; records: BackupRecord[]; set: string; refused: boolean }[] = [
  { name: "the only full", records: RECORDS.slice(0, 1), set: "F1", refused: true },
  { name: "the newest of two", records: RECORDS.slice(0, 2), set: "F2", refused: false },
  { name: "the oldest of two", records: RECORDS.slice(0, 2), set: "F1", refused: false },
  {
    name: "the newest, with one of an older cluster before it",
    records: [RECORDS[0]!, { ...RECORDS[1]!, clusterId: 2 }],
    set: "F2",
    refused: true,
  },
];

for (const { name, records, set, refused } of LAST_FULL) {
  Deno.test(`a requested set is ${refused ? "refused" : "expired"}: ${name}`, () => {
    const info = { ...madeInfo(records), entries: [{ ...CLUSTER_14, id: 1 }, { ...CLUSTER_15, id: 2 }], currentId: 2 };
    const plan = () => planOf(info, { policy: COUNT, request: { set: LABELS.get(set)! } });
    if (refused) {
      assertEquals(assertThrows(plan, BackRestError, "cannot be expired until another full").kind, "backupSetInvalid");
    } else assertEquals(plan().expired.map(({ label }) => NAMES.get(label)), [set]);
  });
}

Deno.test("a requested set that is not there changes nothing and is told", () => {
  const plan = planOf(madeInfo(RECORDS), { policy: { ...COUNT, full: 1 }, request: { set: "20200101-000000F" } });
  assertEquals([plan.setFound, plan.expired], [false, []]);
});

Deno.test("expiring the newest backup warns and moves the link to the latest", () => {
  const plan = planOf(madeInfo(RECORDS), { policy: COUNT, request: { set: LABELS.get("D2")! } });
  assertEquals(plan.latestExpired, true);
  assertEquals(plan.notes.filter(({ level }) => level === "warn").map(({ text }) => text.includes(LABELS.get("D2")!)), [
    true,
  ]);
});

Deno.test("the oldest full cannot be expired when it is the only one", () => {
  const plan = planOf(madeInfo(RECORDS.slice(0, 1)), { policy: COUNT, request: { oldest: true } });
  assertEquals([plan.expired, plan.notes[0]?.level], [[], "warn"]);
});

Deno.test("expiring the oldest outweighs retention by time and tells so", () => {
  const plan = planOf(madeInfo(RECORDS), {
    policy: { full: 900, fullType: "time", archiveType: "incr" },
    request: { oldest: true },
  });
  assertEquals(plan.expired.map(({ label }) => NAMES.get(label)), ["F1"]);
  assertEquals(plan.notes[0]?.level, "info");
  assertEquals(removedWal(plan), "08-0E");
});

const FOLDERS: {
  name: string;
  newest: { hasManifest: boolean; isResumable: boolean; prior?: string };
  set?: string;
  removed: boolean;
}[] = [
  { name: "a backup that can be resumed", newest: { hasManifest: false, isResumable: true }, removed: false },
  { name: "a folder without any manifest", newest: { hasManifest: false, isResumable: false }, removed: true },
  { name: "a backup that is not listed", newest: { hasManifest: true, isResumable: true }, removed: true },
  {
    name: "of another set than the requested one",
    newest: { hasManifest: false, isResumable: true, prior: LABELS.get("I1")! },
    set: "F1",
    removed: false,
  },
  {
    name: "of the requested set, its prior stays",
    newest: { hasManifest: false, isResumable: true, prior: LABELS.get("D2")! },
    set: "D1",
    removed: false,
  },
  {
    name: "of the requested set, its prior goes",
    newest: { hasManifest: false, isResumable: true, prior: LABELS.get("I1")! },
    set: "D1",
    removed: true,
  },
];

for (const { name, newest, set, removed } of FOLDERS) {
  Deno.test(`the newest folder is ${removed ? "removed" : "kept"}: ${name}`, () => {
    const label = "20261109-000000F_20261110-000000I";
    const old = { label: "20261001-000000F", hasManifest: false, isResumable: true };
    const request = set === undefined ? {} : { set: LABELS.get(set)! };
    const plan = planOf(madeInfo(RECORDS), { policy: COUNT, request, folders: [old, { label, ...newest }] });
    assertEquals(plan.folders.includes(label), removed);
    assertEquals(plan.folders.includes(old.label), true);
  });
}

Deno.test("an older cluster stays recoverable from its last backup, and goes when it has none", () => {
  const clusters = { entries: [{ ...CLUSTER_14, id: 1 }, { ...CLUSTER_15, id: 2 }], currentId: 2 };
  const records = RECORDS.slice(0, 4).map((record, at) => ({ ...record, clusterId: at < 2 ? 1 : 2 }));
  const kept = planOf({ ...madeInfo(records), ...clusters }, { policy: { ...COUNT, archive: 1 }, request: {} });
  assertEquals(kept.wal.map(({ archiveId, all }) => [archiveId, all]), [["14-1", false], ["15-2", false]]);
  assertEquals(removedWal(kept, "14-1"), "0A-0E");
  assertEquals(removedWal(kept, "15-2"), "08-11 13-22");
  const gone = planOf({ ...madeInfo(records.slice(2)), ...clusters }, {
    policy: { ...COUNT, archive: 1 },
    request: {},
  });
  assertEquals(gone.wal.map(({ archiveId, all }) => [archiveId, all]), [["14-1", true], ["15-2", false]]);
});

Deno.test("WAL of the current cluster stays as long as it has no backup", () => {
  const clusters = { entries: [{ ...CLUSTER_14, id: 1 }, { ...CLUSTER_15, id: 2 }], currentId: 2 };
  const info = { ...madeInfo(RECORDS.slice(0, 2)), ...clusters };
  assertEquals(removedWal(planOf(info, { policy: { ...COUNT, archive: 1 }, request: {} }), "15-2"), "");
  const request = { archiveExpireBefore: wal(0x20) };
  assertEquals(removedWal(planOf(info, { policy: { ...COUNT, archive: 1 }, request }), "15-2"), "08-1F");
});

Deno.test("an offline backup as the retention backup keeps all WAL of its cluster", () => {
  const { walStart: _start, walStop: _stop, ...offline } = RECORDS[3]!;
  const plan = planOf(madeInfo([...RECORDS.slice(0, 3), offline]), { policy: { ...COUNT, archive: 1 }, request: {} });
  assertEquals(removedWal(plan), "");
});

Deno.test("history files of timelines before that of the kept WAL go", () => {
  const info = madeInfo([madeRecord("20261101-000000F", { walStart: wal(0x10, 3), walStop: wal(0x11, 3) })]);
  const listing = {
    archiveId: "15-1",
    folders: new Map(),
    files: ["00000002.history", "00000003.history", "00000004.history", "otherfile"],
  };
  const plan = planOf(info, { policy: { ...COUNT, archive: 1 }, request: {}, wal: [listing] });
  assertEquals(plan.wal[0]!.history, ["00000002.history"]);
});

Deno.test("whatever belongs to an expired segment goes with it, other names stay", () => {
  const names = [
    `${wal(1)}-${SHA1}.gz`,
    `${wal(1)}.partial-${SHA1}`,
    `${wal(1)}.00000028.backup`,
    `${wal(1)}-${SHA1}.pgbackrest.tmp`,
    "x",
  ];
  const listing = { archiveId: "15-1", folders: new Map([["0000000100000000", names]]), files: [] };
  const plan = planOf(madeInfo([RECORDS[1]!]), { policy: { ...COUNT, archive: 1 }, request: {}, wal: [listing] });
  assertEquals(plan.wal[0]!.files.map(({ name }) => name), names.slice(0, 4).sort());
});

Deno.test("folders of segments that no backup touches go as a whole", () => {
  const info = madeInfo([
    madeRecord("20261101-000000F", { walStart: wal(0x0fe), walStop: wal(0x0ff) }),
    madeRecord("20261102-000000F", { walStart: wal(0x310), walStop: wal(0x311) }),
  ]);
  const folders = new Map(
    ["0000000100000000", "0000000100000001", "0000000100000002", "0000000100000003", "0000000100000004", "other"].map((
      f,
    ) => [f, []]),
  );
  const plan = planOf(info, {
    policy: { ...COUNT, archive: 1 },
    request: {},
    wal: [{ archiveId: "15-1", folders, files: [] }],
  });
  assertEquals(plan.wal[0]!.folders, ["0000000100000001", "0000000100000002"]);
});

Deno.test("info files that know other clusters stop the expiry of WAL", () => {
  const info = madeInfo(RECORDS);
  const content = { ...contentOf(info), archive: { entries: [{ ...CLUSTER_14, id: 1 }], currentId: 1 } };
  const run = () => planExpire(content, { policy: { ...COUNT, archive: 1 }, request: {}, now: NOW });
  assertEquals(assertThrows(run, BackRestError, "disagree about the clusters").kind, "format");
});

Deno.test("old years leave the history, and of the year of the threshold what is gone and older", () => {
  const info = madeInfo(RECORDS.slice(0, 1));
  const years = [
    { year: "2024", labels: ["20240101-000000F"] },
    { year: "2026", labels: ["20260101-000000F", LABELS.get("F1")!, "20261231-000000F", "other"] },
    { year: "2027", labels: ["20270101-000000F"] },
    { year: "x", labels: ["20240101-000000F"] },
  ];
  const now = new Date(2026, 11, 1).getTime() / 1000;
  const history = (days?: number) => {
    const policy = days === undefined ? COUNT : { ...COUNT, history: days };
    return planExpire({ ...contentOf(info), history: years }, { policy, request: {}, now }).history;
  };
  assertEquals(history(), { years: [], labels: [] });
  assertEquals(history(10), { years: ["2024"], labels: ["20260101-000000F"] });
  assertEquals(history(400), { years: ["2024"], labels: [] });
  assertEquals(history(4000), { years: [], labels: [] });
});

const DEFAULTS: { name: string; policy: RetentionPolicy; archive: number | undefined }[] = [
  { name: "fulls by count", policy: { full: 3, fullType: "count", archiveType: "full" }, archive: 3 },
  { name: "fulls by time", policy: { full: 3, fullType: "time", archiveType: "full" }, archive: undefined },
  { name: "diffs", policy: { full: 3, diff: 2, fullType: "count", archiveType: "diff" }, archive: 2 },
  { name: "incrs", policy: { full: 3, diff: 2, fullType: "count", archiveType: "incr" }, archive: undefined },
  { name: "a value of its own", policy: { full: 3, archive: 9, fullType: "count", archiveType: "full" }, archive: 9 },
  { name: "nothing", policy: { fullType: "count", archiveType: "full" }, archive: undefined },
];

for (const { name, policy, archive } of DEFAULTS) {
  Deno.test(`archive retention follows from ${name}`, () => assertEquals(withArchiveDefault(policy).archive, archive));
}

Deno.test("without archive retention WAL stays and the log says why", () => {
  const plan = planOf(madeInfo(RECORDS), { policy: COUNT, request: { archiveExpireBefore: wal(0x30) } });
  assertEquals(plan.wal, []);
  assertEquals(
    plan.notes.map(({ text }) => text).join(),
    "option 'repo-retention-archive' is not set - archive logs will not be expired",
  );
});

interface PlanOptions {
  policy: RetentionPolicy;
  request: ExpireRequest;
  now?: number;
  folders?: StanzaContent["folders"];
  wal?: ArchiveListing[];
}

function planOf(
  info: BackupInfo,
  { policy, request, now = NOW, folders = [], wal: listings }: PlanOptions,
): ExpirePlan {
  const content = contentOf(info);
  const all = { ...content, folders: [...content.folders, ...folders], wal: listings ?? content.wal };
  return planExpire(all, { policy: withArchiveDefault(policy), request, now });
}

/** A repository with the folders of its backups, and WAL 08 to 3E of every cluster. */
function contentOf(info: BackupInfo): StanzaContent {
  const names = Array.from({ length: 0x3e - 0x08 + 1 }, (_, at) => `${wal(0x08 + at)}-${SHA1}.gz`);
  return {
    info,
    archive: {
      entries: info.entries.map(({ id, systemId, version }) => ({ id, systemId, version })),
      currentId: info.currentId,
    },
    folders: info.backups.map(({ label }) => ({ label, hasManifest: true, isResumable: true })),
    wal: info.entries.map(({ id, version }) => ({
      archiveId: `${version}-${id}`,
      folders: new Map([["0000000100000000", names]]),
      files: [],
    })),
    history: [],
  };
}

/** The last two digits of the runs of removed segments. */
function removedWal(plan: ExpirePlan, archiveId = "15-1"): string {
  const texts = plan.notes.map(({ text }) => text).filter((text) =>
    text.startsWith(`${archiveId} remove archive, start`)
  );
  return texts.map((text) => text.match(/[0-9A-F]{24}/g)!.map((name) => name.slice(-2)).join("-")).join(" ");
}
