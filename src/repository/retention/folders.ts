import { type BackupInfo, findBackup } from "../info/backup_info.ts";
import { compareLabels, fullOf } from "../label.ts";

/** A folder with the name of a label. */
export interface LabelFolder {
  label: string;
  /** Whether its main manifest is there. */
  hasManifest: boolean;
  /** Whether it has what a backup can be resumed from. */
  isResumable: boolean;
  /** Prior backup of the one that was being made, where that is known. */
  prior?: string;
}

/**
 * Labels of folders to remove, newest first: all that backup.info does not list, except the newest one while a backup may be
 * going on in it or may be resumed. A requested `set` takes that one along if it was built on it.
 */
export function planFolders(
  info: BackupInfo,
  folders: readonly LabelFolder[],
  { set }: { set?: string } = {},
): string[] {
  const newestFirst = folders.toSorted((a, b) => compareLabels(b.label, a.label));
  const newest = newestFirst[0];
  return newestFirst
    .filter((folder) => findBackup(info, folder.label) === undefined)
    .filter((folder) => folder !== newest || !isProtected(folder, { info, set }))
    .map(({ label }) => label);
}

function isProtected(folder: LabelFolder, { info, set }: { info: BackupInfo; set: string | undefined }): boolean {
  if (folder.hasManifest || !folder.isResumable) return false;
  if (set === undefined || fullOf(set) !== fullOf(folder.label)) return true;
  return folder.prior !== undefined && findBackup(info, folder.prior) !== undefined;
}
