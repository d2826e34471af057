import type { Invocation } from "../cli/invocation.ts";
import { openRepositories } from "../context.ts";
import { errorText, fail } from "../error.ts";
import type { Logger } from "../log.ts";
import { saveAnnotation } from "../repository/annotation_file.ts";
import { findBackup, withBackup } from "../repository/info/backup_info.ts";
import { annotated } from "../repository/info/backup_record.ts";
import { isLabel } from "../repository/label.ts";
import { type Repository, saveBackupInfo } from "../repository/repository.ts";
import { forEachRepository } from "./archive/failures.ts";
import { loadReconciledInfo } from "./stanza/reconciled.ts";

/**
 * Changes the notes of a backup in every repository that has it. Errors: 32 for what is no label or cannot be the key of
 * a note, 104 when some repositories failed, 75 when none has the backup.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration: { options }, log } = invocation;
  const label = options.need("set");
  if (!isLabel(label)) fail("optionInvalidValue", `'${label}' is not a valid backup label format`);
  const changes = Object.fromEntries(options.need("annotation"));
  annotated({}, changes);
  const repositories = openRepositories(invocation);
  const { done, failures } = await forEachRepository(
    repositories,
    (repository) => annotate(repository, { label, changes, log }),
  );
  for (const { key, error } of failures) log.log("error", `repo${key}: ${errorText(error)}`, { code: error.code });
  if (failures.length > 0) {
    fail("command", `annotate command encountered ${failures.length} error(s), check the log file for details`);
  }
  if (!done.some(({ result }) => result)) fail("backupSetInvalid", "no backup set to annotate found");
  return 0;
}

/** Whether the repository has the backup. What is kept beside the manifest is written before anybody sees the change. */
async function annotate(
  repository: Repository,
  { label, changes, log }: { label: string; changes: Readonly<Record<string, string>>; log: Logger },
): Promise<boolean> {
  const { info } = await loadReconciledInfo(repository, log);
  const record = findBackup(info, label);
  if (record === undefined) return false;
  log.info(`backup set '${label}' to annotate found in repo${repository.key}`);
  const annotation = annotated(record.annotation, changes);
  await saveAnnotation(repository, { label, passphrase: info.cipherPass }, annotation);
  await saveBackupInfo(repository, withBackup(info, { ...record, annotation }));
  return true;
}
