import { type BackupType, isLabel, nextLabel } from "../../repository/label.ts";
import { backupFolder, HISTORY_NAME, historyLabel } from "../../repository/layout.ts";
import type { Repository } from "../../repository/repository.ts";
import { labelFolders } from "../stanza/reconciled.ts";

/** Chooses a label later than every one of the stanza, also those that only the history still knows. Error 106. */
export async function chooseLabel(
  repository: Repository,
  wanted: { type: BackupType; time: number; prior?: string },
): Promise<string> {
  const existing = [...await labelFolders(repository), ...await newestHistory(repository)];
  const { label, time, wait } = nextLabel(wanted, existing);
  if (wait) await until((time + 1) * 1000);
  return label;
}

/** A label of the second to come is only honest once that second has passed. */
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
