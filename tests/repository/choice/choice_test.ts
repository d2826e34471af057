import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../../src/error.ts";
import { choosePrior, inheritSettings } from "../../../src/repository/choice/prior.ts";
import {
  chooseSet,
  type SetCandidate,
  type SetPreference,
  type SetTarget,
} from "../../../src/repository/choice/restore_set.ts";
import { parseTargetTime } from "../../../src/repository/choice/target_time.ts";
import {
  checkTimelineReachable,
  needsTimelineCheck,
  targetTimeline,
  timelineTarget,
} from "../../../src/repository/choice/timeline.ts";
import type { BackupInfo } from "../../../src/repository/info/backup_info.ts";
import type { BackupType } from "../../../src/repository/label.ts";
import { CLUSTER_14, CLUSTER_15, madeInfo, madeRecord } from "../made.ts";

const F1 = "20261101-000000F";
const D1 = `${F1}_20261102-000000D`;
const I1 = `${F1}_20261103-000000I`;
const F2 = "20261104-000000F";
const TWO_CLUSTERS = { entries: [{ ...CLUSTER_14, id: 1 }, { ...CLUSTER_15, id: 2 }], currentId: 2 };

const PRIORS: { name: string; info: BackupInfo; wanted: BackupType; want: [BackupType, string | undefined] }[] = [
  { name: "a full needs none", info: madeInfo([madeRecord(F1)]), wanted: "full", want: ["full", undefined] },
  {
    name: "a diff takes the newest full",
    info: madeInfo([F1, D1, I1].map((l) => madeRecord(l))),
    wanted: "diff",
    want: ["diff", F1],
  },
  {
    name: "an incr takes the newest of any type",
    info: madeInfo([F1, D1, I1].map((l) => madeRecord(l))),
    wanted: "incr",
    want: ["incr", I1],
  },
  { name: "without a backup it becomes full", info: madeInfo([]), wanted: "incr", want: ["full", undefined] },
  {
    name: "backups of an older cluster do not count",
    info: { ...madeInfo([madeRecord(F1)]), ...TWO_CLUSTERS },
    wanted: "diff",
    want: ["full", undefined],
  },
  {
    name: "backups of the current cluster do",
    info: { ...madeInfo([madeRecord(F1), madeRecord(F2, { clusterId: 2 })]), ...TWO_CLUSTERS },
    wanted: "incr",
    want: ["incr", F2],
  },
];

for (const { name, info, wanted, want } of PRIORS) {
  Deno.test(`the prior backup is chosen: ${name}`, () => {
    const { type, prior, warning } = choosePrior(info, wanted);
    assertEquals([type, prior?.label], want);
    assertEquals(warning !== undefined, type !== wanted);
  });
}

Deno.test("compression and page checksums are those of the prior backup, and a warning says so", () => {
  const wanted = { compressType: "gz", compressLevel: 6, checksumPage: true } as const;
  const prior = (options: Parameters<typeof inheritSettings>[1]["options"]) =>
    inheritSettings(wanted, { label: F1, options });
  assertEquals(prior({ compressType: "gz", compressLevel: 1, checksumPage: true }), { settings: wanted, warnings: [] });
  const changed = prior({ compressType: "zst", compressLevel: 3, checksumPage: false });
  assertEquals(changed.settings, { compressType: "zst", compressLevel: 3, checksumPage: false });
  assertEquals(changed.warnings.map((text) => text.split(" but ")[0]), [
    "option 'compress-type' is 'gz',",
    "option 'checksum-page' is 'y',",
  ]);
});

const [OLD, MIDDLE, NEW] = [
  madeRecord(F1, { timeStop: 100, lsnStop: 0x100n }),
  madeRecord(I1, { timeStop: 200, lsnStop: 0x200n }),
  madeRecord(F2, { timeStop: 300, lsnStop: 0x300n }),
];
const WITHOUT_LSN = madeRecord(I1, { timeStop: 200 });
const REPO: SetCandidate = { key: 1, info: madeInfo([OLD!, MIDDLE!, NEW!]) };

const SETS: {
  name: string;
  repositories: SetCandidate[];
  target: SetTarget;
  preference?: SetPreference;
  want?: [key: number, label: string];
  warnings?: number;
  says?: string;
}[] = [
  { name: "the newest", repositories: [REPO], target: { newest: true }, want: [1, F2] },
  { name: "a label", repositories: [REPO], target: { set: I1 }, want: [1, I1] },
  { name: "an unknown label", repositories: [REPO], target: { set: D1 }, says: `backup set ${D1} is not valid` },
  { name: "a time after one", repositories: [REPO], target: { time: 250 }, want: [1, I1] },
  { name: "a time in the second a backup stopped", repositories: [REPO], target: { time: 200 }, want: [1, F1] },
  {
    name: "a time before all",
    repositories: [REPO],
    target: { time: 100 },
    says: "stop time less than '1970-01-01T00:01:40Z'",
  },
  { name: "a position where a backup stopped", repositories: [REPO], target: { lsn: 0x200n }, want: [1, I1] },
  {
    name: "a position before all",
    repositories: [REPO],
    target: { lsn: 0xffn },
    says: "LSN less than or equal to '0/FF'",
  },
  {
    name: "a position when a backup does not tell its own",
    repositories: [{ key: 1, info: madeInfo([OLD!, WITHOUT_LSN]) }],
    target: { lsn: 0x250n },
    says: "LSN less",
  },
  {
    name: "the first repository that has any",
    repositories: [{ key: 1, info: madeInfo([]) }, { ...REPO, key: 2 }],
    target: { newest: true },
    want: [2, F2],
    warnings: 1,
  },
  {
    name: "past a repository that cannot be read",
    repositories: [{ key: 1, error: "no space" }, { ...REPO, key: 2 }],
    target: { newest: true },
    want: [2, F2],
    warnings: 1,
  },
  {
    name: "an older one of the first repository, told",
    repositories: [{ key: 1, info: madeInfo([OLD!]) }, { ...REPO, key: 2 }],
    target: { newest: true },
    want: [1, F1],
    warnings: 1,
  },
  {
    name: "the newest of all repositories",
    repositories: [{ key: 1, info: madeInfo([OLD!]) }, { ...REPO, key: 2 }, { key: 3, info: madeInfo([MIDDLE!]) }],
    target: { newest: true },
    preference: "newest",
    want: [2, F2],
  },
  {
    name: "the one nearest before a moment, of all repositories",
    repositories: [{ key: 1, info: madeInfo([OLD!, NEW!]) }, { key: 2, info: madeInfo([MIDDLE!]) }],
    target: { time: 250 },
    preference: "newest",
    want: [2, I1],
  },
  {
    name: "the one nearest before a position, of all repositories",
    repositories: [{ key: 1, info: madeInfo([OLD!, NEW!]) }, { key: 2, info: madeInfo([MIDDLE!]) }],
    target: { lsn: 0x250n },
    preference: "newest",
    want: [2, I1],
  },
  {
    name: "the newest of all, which two repositories have",
    repositories: [REPO, { ...REPO, key: 2 }],
    target: { newest: true },
    preference: "newest",
    want: [1, F2],
  },
  {
    name: "the same in two repositories",
    repositories: [REPO, { ...REPO, key: 2 }],
    target: { time: 250 },
    want: [1, I1],
    warnings: 0,
  },
  {
    name: "a label of the second repository",
    repositories: [{ key: 1, info: madeInfo([NEW!]) }, { ...REPO, key: 2 }],
    target: { set: I1 },
    want: [2, I1],
  },
  {
    name: "nothing anywhere",
    repositories: [{ key: 1, info: madeInfo([]) }],
    target: { newest: true },
    says: "no backup set found to restore",
  },
  {
    name: "the newest of an older cluster",
    repositories: [{ key: 1, info: { ...madeInfo([NEW!]), ...TWO_CLUSTERS } }],
    target: { newest: true },
    says: "is from a prior version of PostgreSQL",
  },
  {
    name: "one of an older cluster by time",
    repositories: [{ key: 1, info: { ...madeInfo([NEW!]), ...TWO_CLUSTERS } }],
    target: { time: 999 },
    want: [1, F2],
  },
  {
    name: "one of an older cluster in a later repository",
    repositories: [REPO, { key: 2, info: { ...madeInfo([NEW!]), ...TWO_CLUSTERS } }],
    target: { newest: true },
    want: [1, F2],
  },
];

for (const { name, repositories, target, preference, want, warnings = 0, says } of SETS) {
  Deno.test(`the backup to restore is chosen: ${name}`, () => {
    const choose = () => chooseSet(repositories, target, preference);
    if (want === undefined) {
      assertEquals(assertThrows(choose, BackRestError, says).kind, "backupSetInvalid");
    } else {
      const choice = choose();
      assertEquals([choice.key, choice.record.label], want);
      assertEquals(choice.warnings.length, warnings);
    }
  });
}

const TIMES: { text: string; want: number | undefined }[] = [
  { text: "2026-11-22 08:33:10+00", want: Date.UTC(2026, 10, 22, 8, 33, 10) / 1000 },
  { text: "2026-11-22 08:33:10.999+00", want: Date.UTC(2026, 10, 22, 8, 33, 10) / 1000 },
  { text: "2026-11-22 08:33:10-05", want: Date.UTC(2026, 10, 22, 13, 33, 10) / 1000 },
  { text: "2026-11-22 08:33:10+0530", want: Date.UTC(2026, 10, 22, 3, 3, 10) / 1000 },
  { text: "2026-11-22 08:33:10-03:30", want: Date.UTC(2026, 10, 22, 12, 3, 10) / 1000 },
  { text: "2024-02-29 00:00:00+00", want: Date.UTC(2024, 1, 29) / 1000 },
  { text: "2026-11-22 08:33:10", want: new Date(2026, 10, 22, 8, 33, 10).getTime() / 1000 },
  { text: "2026-11-22 08:33:10,5", want: new Date(2026, 10, 22, 8, 33, 10).getTime() / 1000 },
  { text: "2026-11-22", want: undefined },
  { text: "2026-11-22T08:33:10Z", want: undefined },
  { text: "2026-02-29 00:00:00", want: undefined },
  { text: "2026-13-01 00:00:00", want: undefined },
  { text: "2026-11-22 24:00:00", want: undefined },
  { text: "2026-11-22 08:60:00", want: undefined },
  { text: "2026-11-22 08:33:10+15", want: undefined },
  { text: "2026-11-22 08:33:10-13", want: undefined },
  { text: "2026-11-22 08:33:10 CET", want: undefined },
  { text: "yesterday", want: undefined },
];

for (const { text, want } of TIMES) {
  Deno.test(`a target time is ${want === undefined ? "refused" : "read"}: ${text}`, () => {
    if (want === undefined) assertEquals(assertThrows(() => parseTargetTime(text), BackRestError, text).kind, "format");
    else assertEquals(parseTargetTime(text), want);
  });
}

const TARGETS: { option?: string; type: string; version: string; want: string | number }[] = [
  { type: "default", version: "15", want: "latest" },
  { type: "default", version: "12", want: "latest" },
  { type: "default", version: "11", want: "current" },
  { type: "default", version: "9.6", want: "current" },
  { type: "immediate", version: "15", want: "current" },
  { option: "latest", type: "time", version: "11", want: "latest" },
  { option: "current", type: "time", version: "15", want: "current" },
  { option: "10", type: "time", version: "15", want: 10 },
  { option: "0x10", type: "time", version: "15", want: 16 },
];

for (const { want, ...request } of TARGETS) {
  Deno.test(`the wanted timeline of type ${request.type} on ${request.version} is ${want} with option ${request.option}`, () => {
    assertEquals(timelineTarget(request), want);
  });
}

for (const option of ["", "0", "-1", "last", "1.5", "0x", "99999999999"]) {
  Deno.test(`a timeline is refused: ${JSON.stringify(option)}`, () => {
    const error = assertThrows(
      () => timelineTarget({ option, type: "time", version: "15" }),
      BackRestError,
      "target-timeline",
    );
    assertEquals(error.kind, "optionInvalidValue");
  });
}

Deno.test("the timeline is checked for online backups and types that recover", () => {
  assertEquals(needsTimelineCheck({ type: "default", online: true }), true);
  assertEquals(needsTimelineCheck({ type: "standby", online: true }), true);
  assertEquals(needsTimelineCheck({ type: "default", online: false }), false);
  assertEquals(needsTimelineCheck({ type: "none", online: true }), false);
  assertEquals(needsTimelineCheck({ type: "preserve", online: true }), false);
});

Deno.test("a timeline other than that of the backup is what is to be checked", () => {
  const names = ["00000002.history", "00000003.history"];
  assertEquals(targetTimeline("latest", { names, backup: 1 }), 3);
  assertEquals(targetTimeline("latest", { names, backup: 3 }), undefined);
  assertEquals(targetTimeline("latest", { names: [], backup: 1 }), undefined);
  assertEquals(targetTimeline("current", { names, backup: 1 }), undefined);
  assertEquals(targetTimeline(2, { names, backup: 1 }), 2);
  assertEquals(targetTimeline(1, { names, backup: 1 }), undefined);
});

const FORKS = [{ timeline: 1, lsn: 0x500n }, { timeline: 2, lsn: 0x900n }];
const REACHES: { name: string; timeline: number; lsnStart: bigint; says?: string }[] = [
  { name: "forked off behind the start", timeline: 1, lsnStart: 0x400n },
  { name: "over two forks", timeline: 2, lsnStart: 0x800n },
  {
    name: "forked off where the backup began",
    timeline: 1,
    lsnStart: 0x500n,
    says: "it forked off at 0/500, but the backup began at 0/500",
  },
  { name: "forked off before", timeline: 1, lsnStart: 0x600n, says: "it forked off at 0/500" },
  {
    name: "from another branch",
    timeline: 5,
    lsnStart: 0x100n,
    says: "timeline 5 of the backup is not in its history",
  },
];

for (const { name, timeline, lsnStart, says } of REACHES) {
  Deno.test(`a timeline is ${says === undefined ? "" : "not "}reached: ${name}`, () => {
    const check = () => checkTimelineReachable(FORKS, { label: F1, timeline, lsnStart, target: 3 });
    if (says === undefined) check();
    else assertEquals(assertThrows(check, BackRestError, says).kind, "dbMismatch");
  });
}
