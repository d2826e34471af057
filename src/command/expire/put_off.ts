import { type BackupInfo, findBackup, withBackup } from "../../repository/info/backup_info.ts";
import type { ExpirePlan } from "../../repository/retention/plan.ts";

/**
 * The plan without the backups that are being restored right now; `before` is backup.info as it was. All WAL stays for this
 * time: what a backup that was to go needs is no longer in the plan.
 */
export function putOff(plan: ExpirePlan, before: BackupInfo, inUse: ReadonlySet<string>): ExpirePlan {
  if (inUse.size === 0) return plan;
  let info = plan.info;
  for (const label of inUse) {
    const record = findBackup(before, label);
    if (record !== undefined) info = withBackup(info, record);
  }
  return {
    ...plan,
    expired: plan.expired.filter(({ label }) => !inUse.has(label)),
    folders: plan.folders.filter((label) => !inUse.has(label)),
    info,
    wal: [],
    latestExpired: info.backups.at(-1)?.label !== before.backups.at(-1)?.label,
    notes: [
      ...plan.notes.filter(({ text }) =>
        !/remove archive/.test(text) && ![...inUse].some((label) => text.includes(label))
      ),
      {
        level: "warn",
        text: `backup ${[...inUse].sort().join(", ")} is being restored and stays, with all WAL\n` +
          "HINT: the next expire removes it.",
      },
    ],
  };
}
