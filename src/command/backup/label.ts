import { type BackupType, formatLabel, isLabel, nextLabel } from "../../repository/label.ts";
import { backupFolder, HISTORY_NAME, historyLabel } from "../../repository/layout.ts";
import type { Repository } from "../../repository/repository.ts";
import { labelFolders } from "../stanza/reconciled.ts";

/** A backup that needs a label. */
export interface WantedLabel {
  type: BackupType;
  prior?: string;
}

/** Labels of a stanza, also those that only the history still knows. */
export async function existingLabels(repository: Repository): Promise<string[]> {
  return [...await labelFolders(repository), ...await newestHistory(repository)];
}

/**
 * Labels of one time for a backup that goes to one or several repositories, each later than all of its kind that exist in any of
 * them. When the second of `time` (epoch seconds) is taken the next one is, and the answer comes when it has passed: only then
 * such a label is honest. Error 106.
 */
export async function chooseLabels(
  wanted: readonly WantedLabel[],
  time: number,
  existing: readonly string[],
): Promise<string[]> {
  const latest = Math.max(time, ...wanted.map((each) => nextLabel({ ...each, time }, existing).time));
  if (latest > time) await until((latest + 1) * 1000);
  return wanted.map((each) => formatLabel(each.type, latest, each));
}

async function until(milliseconds: number): Promise<void> {
  const left = milliseconds - Date.now();
  if (left > 0 && left <= 2000) await new Promise((resolve) => setTimeout(resolve, left));
}

async function newestHistory({ storage, stanza }: Repository): Promise<string[]> {
  const folder = `${backupFolder(stanza)}/${HISTORY_NAME}`;
  const newest = (await storage.names(folder)).findLast((name) => /^2[0-9]{3}$/.test(name));
  const labels: string[] = [];
  if (newest === undefined) return labels;
  for (const name of await storage.names(`${folder}/${newest}`)) {
    const label = historyLabel(name);
    if (label !== undefined && isLabel(label)) labels.push(label);
  }
  return labels;
}
