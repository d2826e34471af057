import type { BackupInfo } from "../../repository/info/backup_info.ts";
import { findBackup } from "../../repository/info/backup_info.ts";
import type { BackupRecord } from "../../repository/info/backup_record.ts";
import { compareLabels, isLabel } from "../../repository/label.ts";
import { recordOf } from "../../repository/manifest/record.ts";
import { loadManifest } from "../../repository/manifest_file.ts";
import type { Repository } from "../../repository/repository.ts";
import { labelFolders } from "../stanza/reconciled.ts";
import { type LabelSurvey, surveyLabels } from "./labels.ts";
import type { Refusal } from "./result.ts";

/** What is verified: everything, or what a single backup needs. */
export interface Scope {
  labels: string[];
  /** The backup that may be under way. */
  current: string | undefined;
  /** The only backup asked for; undefined in it: its manifest cannot be read. */
  single?: { record: BackupRecord | undefined };
  /** Whether a segment is to be verified. */
  isWanted(segment: string): boolean;
}

/** Everything in the repository. */
export async function wholeScope(repository: Repository, info: BackupInfo): Promise<Scope> {
  return { ...await survey(repository, info), isWanted: () => true };
}

/**
 * A single backup with the WAL it needs, and where it stores blocks with the backups that hold them. Refused where there
 * is no such backup.
 */
export async function singleScope(
  repository: Repository,
  label: string,
  info: BackupInfo,
): Promise<Scope | { refused: Refusal }> {
  if (!isLabel(label)) {
    return { refused: { kind: "optionInvalidValue", lines: [`  '${label}' is not a valid backup label format`] } };
  }
  const { labels, current } = await survey(repository, info);
  if (!labels.includes(label)) {
    return { refused: { kind: "backupSetInvalid", lines: [`  backup set ${label} is not valid`] } };
  }
  const record = findBackup(info, label) ?? await readRecord(repository, label, info);
  const { walStart, walStop } = record ?? {};
  return {
    labels: [...(record?.repoSizeMap === undefined ? [] : record.references), label].sort(compareLabels),
    current,
    single: { record },
    isWanted: (segment) => walStart !== undefined && walStop !== undefined && walStart <= segment && segment <= walStop,
  };
}

async function survey(repository: Repository, { backups }: BackupInfo): Promise<LabelSurvey> {
  return surveyLabels(await labelFolders(repository), backups.map(({ label }) => label));
}

/** What a backup needs that backup.info does not list; undefined where its manifest cannot be read, which is found later. */
async function readRecord(
  repository: Repository,
  label: string,
  { cipherPass }: BackupInfo,
): Promise<BackupRecord | undefined> {
  try {
    return recordOf((await loadManifest(repository, label, cipherPass)).value);
  } catch {
    return undefined;
  }
}
