import { type BackupInfo, findBackup } from "../info/backup_info.ts";
import { compareLabels, formatLabel, isLabel } from "../label.ts";

const DAY = 86400;

/** A folder of the history and the labels whose manifests are in it. */
export interface HistoryYear {
  year: string;
  labels: readonly string[];
}

/** What of the history is to be removed. */
export interface HistoryRemoval {
  /** Years as a whole. */
  years: string[];
  /** Single manifests, by label, newest first. */
  labels: string[];
}

/**
 * Decides what leaves the history after `days`: years before that of the threshold as a whole, and of its own year the manifests before
 * it whose backups are gone. Without `days` all stays. `now` in epoch seconds.
 */
export function planHistory(
  info: BackupInfo,
  { years, days, now }: { years: readonly HistoryYear[]; days: number | undefined; now: number },
): HistoryRemoval {
  if (days === undefined) return { years: [], labels: [] };
  const threshold = formatLabel("full", now - days * DAY);
  const thresholdYear = threshold.slice(0, 4);
  const known = years.filter(({ year }) => /^2\d{3}$/.test(year));
  return {
    years: known.filter(({ year }) => year < thresholdYear).map(({ year }) => year).sort(),
    labels: known
      .filter(({ year }) => year === thresholdYear)
      .flatMap(({ labels }) => labels)
      .filter((label) => isLabel(label) && compareLabels(label, threshold) < 0 && findBackup(info, label) === undefined)
      .sort((a, b) => compareLabels(b, a)),
  };
}
