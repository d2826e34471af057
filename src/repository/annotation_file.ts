import { fail } from "../error.ts";
import { readAnnotation } from "./info/backup_record.ts";
import { readInfo } from "./info/container_read.ts";
import { infoBytes } from "./info/container_write.ts";
import { objectFields, sectionFields } from "./info/fields.ts";
import { smallHash } from "./info/text_hash.ts";
import { formatJson } from "./json.ts";
import { labelFolder } from "./layout.ts";
import { describePath, readSmall, type Repository, writeSmall } from "./repository.ts";

/**
 * The notes of a backup that were changed after it was made, in a file of ours beside its manifest, which is never
 * written again. backup.info is what counts; this file is for the day when a backup is taken up into it from its manifest.
 * The peer ignores the file and removes it with the folder. Form: an info file with the manifest's line
 * `annotation={...}` in section `[metadata]`, encrypted like the manifest.
 */
export const ANNOTATION_NAME = "backup.annotation";

const SECTION = "metadata";
const KEY = "annotation";

/** A backup in a repository and, where that is encrypted, the passphrase of backup.info. */
export interface AnnotatedBackup {
  label: string;
  passphrase?: string | undefined;
}

/** Keeps all notes of a backup, also that there are none any more. */
export async function saveAnnotation(
  repository: Repository,
  { label, passphrase }: AnnotatedBackup,
  annotation: Readonly<Record<string, string>>,
): Promise<void> {
  const entries = [{ key: KEY, value: formatJson({ ...annotation }) }];
  const bytes = await infoBytes([{ name: SECTION, entries }], { hash: smallHash() });
  await writeSmall(repository, annotationPath(repository.stanza, label), { bytes, passphrase });
}

/** The notes that were kept of a backup; undefined where its manifest has the last word. Errors 26, 29, 41, 42, 95. */
export async function loadAnnotation(
  repository: Repository,
  { label, passphrase }: AnnotatedBackup,
): Promise<Record<string, string> | undefined> {
  const path = annotationPath(repository.stanza, label);
  if (await repository.storage.info(path) === undefined) return undefined;
  const file = describePath(repository, path);
  const { sections } = await readInfo([await readSmall(repository, path, passphrase)], { file, hash: smallHash() });
  const fields = sectionFields(sections, { section: SECTION, file });
  if (fields.values[KEY] === undefined) fail("format", `'${file}' has no '${KEY}'`, { file });
  return readAnnotation(objectFields(fields, KEY));
}

function annotationPath(stanza: string, label: string): string {
  return `${labelFolder(stanza, label)}/${ANNOTATION_NAME}`;
}
