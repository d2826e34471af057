import { fail } from "../../error.ts";
import { type BackupInfo, findBackup } from "../info/backup_info.ts";
import type { BackupRecord } from "../info/backup_record.ts";
import { formatLsn } from "../wal/lsn.ts";

/** What decides which backup is restored: a label, a moment, a position, or nothing but being the newest. */
export type SetTarget =
  | { set: string }
  /** Whole epoch seconds. */
  | { time: number }
  | { lsn: bigint }
  | { newest: true };

/** backup.info of a repository, or why it could not be read. Repositories come in order of their keys. */
export interface SetCandidate {
  key: number;
  info?: BackupInfo;
  /** The message of what went wrong. */
  error?: string;
}

/** Which repository is taken when several have a backup that fits: the first, as the peer does, or the one with the newest. */
export type SetPreference = "first" | "newest";

/** The backup to restore. */
export interface SetChoice {
  key: number;
  info: BackupInfo;
  record: BackupRecord;
  warnings: string[];
}

/**
 * Chooses the backup to restore: with `first` that of the first repository that has one which fits, although a later one may have a better one
 * (the warnings then say so), with `newest` the best of all. Error 75 where none has, or where the newest is of an earlier cluster.
 */
export function chooseSet(
  repositories: readonly SetCandidate[],
  target: SetTarget,
  preference: SetPreference = "first",
): SetChoice {
  const warnings: string[] = [];
  const fitting: Omit<SetChoice, "warnings">[] = [];
  for (const { key, info, error } of repositories) {
    if (info === undefined) {
      warnings.push(`repo${key}: ${error ?? "backup.info could not be read"}`);
      continue;
    }
    if (info.backups.length === 0) {
      warnings.push(`repo${key}: no backup sets to restore`);
      continue;
    }
    const record = findSet(info, target, (text) => warnings.push(`repo${key}: ${text}`));
    if (record !== undefined) fitting.push({ key, info, record });
  }
  const [first, ...others] = fitting;
  if (first === undefined) refuse(target, warnings);
  const best = others.reduce((best, each) => isBetter(each.record, best.record) ? each : best, first);
  const chosen = preference === "newest" ? best : first;
  if (best !== chosen) warnings.push(hiddenText(best, chosen));
  return { ...chosen, record: checkCurrent(chosen.info, chosen.record, target), warnings };
}

function findSet(info: BackupInfo, target: SetTarget, warn: (text: string) => void): BackupRecord | undefined {
  if ("set" in target) return findBackup(info, target.set);
  if ("time" in target) return info.backups.findLast(({ timeStop }) => timeStop < target.time);
  if ("lsn" in target) return findByLsn(info, target.lsn, warn);
  return info.backups.at(-1);
}

/** The newest backup of a repository is only then taken for what is wanted when it is of the current cluster. */
function checkCurrent(info: BackupInfo, record: BackupRecord, target: SetTarget): BackupRecord {
  if (!("newest" in target) || record.clusterId === info.currentId) return record;
  fail("backupSetInvalid", `the latest backup set found '${record.label}' is from a prior version of PostgreSQL`, {
    hint: "was a backup created after the stanza-upgrade?\n" +
      "specify --set or --type=time/lsn to restore from a prior version of PostgreSQL.",
  });
}

/** A backup that does not say where it ends stops the search: what is older could be the wrong one as well. */
function findByLsn(info: BackupInfo, lsn: bigint, warn: (text: string) => void): BackupRecord | undefined {
  for (const record of info.backups.toReversed()) {
    if (record.lsnStop === undefined) {
      warn(`reached backup '${record.label}' without an LSN before one that ends before '${formatLsn(lsn)}'`);
      return undefined;
    }
    if (record.lsnStop <= lsn) return record;
  }
  return undefined;
}

function isBetter(record: BackupRecord, chosen: BackupRecord): boolean {
  return record.label !== chosen.label && record.timeStop > chosen.timeStop;
}

function hiddenText(best: Omit<SetChoice, "warnings">, chosen: Omit<SetChoice, "warnings">): string {
  return `repo${best.key}: backup set '${best.record.label}' is newer than '${chosen.record.label}' of repo${chosen.key}, ` +
    `which is used: select it with --repo=${best.key} or --set-choice=newest`;
}

function refuse(target: SetTarget, warnings: readonly string[]): never {
  const hint = warnings.length === 0 ? {} : { hint: warnings.join("\n") };
  if ("set" in target) fail("backupSetInvalid", `backup set ${target.set} is not valid`, hint);
  if ("time" in target) {
    const time = new Date(target.time * 1000).toISOString().replace(".000Z", "Z");
    fail("backupSetInvalid", `unable to find backup set with stop time less than '${time}'`, hint);
  }
  if ("lsn" in target) {
    fail(
      "backupSetInvalid",
      `unable to find backup set with LSN less than or equal to '${formatLsn(target.lsn)}'`,
      hint,
    );
  }
  fail("backupSetInvalid", "no backup set found to restore", hint);
}
