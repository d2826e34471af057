import { assertEquals } from "@std/assert";
import { putOff } from "../../../src/command/expire/put_off.ts";
import type { BackupInfo } from "../../../src/repository/info/backup_info.ts";
import { withoutBackups } from "../../../src/repository/info/backup_info.ts";
import type { ExpirePlan } from "../../../src/repository/retention/plan.ts";

const [OLD, INCR, NEW] = ["20261101-000000F", "20261101-000000F_20261102-000000I", "20261110-000000F"];
const BEFORE = {
  currentId: 1,
  entries: [],
  backups: [OLD, INCR, NEW].map((label) => ({ label })),
} as unknown as BackupInfo;

const PLAN: ExpirePlan = {
  expired: [INCR, OLD].map((label) => ({ label, because: "full" })),
  info: withoutBackups(BEFORE, [OLD, INCR]),
  policy: { fullType: "count", archiveType: "full" },
  setFound: true,
  latestExpired: false,
  folders: [INCR, OLD, "20261001-000000F"],
  wal: [{ archiveId: "15-1", all: false, folders: ["0000000100000000"], files: [], history: [] }],
  history: { years: [], labels: [] },
  notes: [
    { level: "info", text: `expire full backup set ${OLD}, ${INCR}` },
    { level: "info", text: "remove expired backup 20261001-000000F" },
    { level: "info", text: "15-1 remove archive, start = 0000000100000000, stop = 0000000100000000" },
  ],
};

Deno.test("a plan without restores under way stays as it is", () =>
  assertEquals(putOff(PLAN, BEFORE, new Set()), PLAN));

Deno.test("a backup that is being restored stays listed, with what it needs and all WAL", () => {
  const plan = putOff(PLAN, BEFORE, new Set([OLD]));
  assertEquals(plan.expired.map(({ label }) => label), [INCR]);
  assertEquals(plan.folders, [INCR, "20261001-000000F"]);
  assertEquals(plan.info.backups.map(({ label }) => label), [OLD, NEW]);
  assertEquals(plan.wal, []);
  assertEquals(plan.notes.map(({ level, text }) => `${level}: ${text.split("\n")[0]}`), [
    "info: remove expired backup 20261001-000000F",
    `warn: backup ${OLD} is being restored and stays, with all WAL`,
  ]);
});
