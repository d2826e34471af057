import type { Invocation } from "../../cli/invocation.ts";
import { formatSize } from "../../cli/size.ts";
import { type BackupInfo, withBackup } from "../../repository/info/backup_info.ts";
import { backupFolder, LATEST_NAME } from "../../repository/layout.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { recordOf } from "../../repository/manifest/record.ts";
import { validateManifest } from "../../repository/manifest/validate.ts";
import { commitManifest, saveManifestCopy, saveManifestHistory } from "../../repository/manifest_file.ts";
import { loadArchiveInfo, type Repository, saveArchiveInfo, saveBackupInfo } from "../../repository/repository.ts";
import { syncFolders } from "./folders.ts";
import { removeJournal } from "./journal_file.ts";

/**
 * Makes a backup visible, each step durable before the next: its folders, the manifest's copy, the manifest (from here
 * on the backup exists), the history, `latest`, backup.info. Error 29 when the manifest is not complete.
 */
export async function completeBackup(
  { log }: Invocation,
  { repository, manifest, info }: { repository: Repository; manifest: Manifest; info: BackupInfo },
): Promise<void> {
  validateManifest(manifest, { strict: true });
  await syncFolders(repository, manifest);
  await saveManifestCopy(repository, manifest, info.cipherPass);
  const { label, type } = manifest.backup;
  await removeJournal(repository, label);
  await commitManifest(repository, label);
  await saveManifestHistory(repository, manifest, info.cipherPass);
  await pointLatest(repository, label);
  const record = recordOf(manifest);
  await saveBackupInfo(repository, withBackup(info, record));
  // Rewritten so that object stores do not take it for a file nobody needs any more.
  await saveArchiveInfo(repository, (await loadArchiveInfo(repository)).value);
  log.info(`new backup label = ${label}`);
  log.info(`${type} backup size = ${formatSize(record.sizeDelta)}, file total = ${manifest.files.count}`);
}

/** `latest` is for people; nothing reads it. */
export async function pointLatest({ storage, stanza }: Repository, label: string): Promise<void> {
  if (!storage.can.links) return;
  const path = `${backupFolder(stanza)}/${LATEST_NAME}`;
  await storage.remove(path);
  await storage.link(path, label);
}
