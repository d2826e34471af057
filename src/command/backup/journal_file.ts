import type { Invocation } from "../../cli/invocation.ts";
import { labelFolder } from "../../repository/layout.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import type { Repository } from "../../repository/repository.ts";
import { encryptStages } from "../../repository/stored_file.ts";
import { writingPlaces } from "../../storage/elsewhere.ts";
import { type Journal, JOURNAL_NAME, journalFrames, openJournal } from "./journal.ts";

/** What a journal of a backup is begun with. */
export interface JournalStart {
  manifest: Manifest;
  /** What a run that broke off had noted. */
  finished: FileTable | undefined;
  passphrase: string | undefined;
}

/**
 * Begins the journal of a backup; undefined where nobody would read it (option resume is off) or it cannot be written. What was noted
 * before is written again in one piece: behind a frame that a crash cut off nothing more could be read.
 */
export async function startJournal(
  { configuration: { options }, now }: Invocation,
  { storage, stanza }: Repository,
  { manifest, finished, passphrase }: JournalStart,
): Promise<Journal | undefined> {
  const path = journalPath(stanza, manifest.backup.label);
  if (!options.get("resume") || !storage.can.append) return undefined;
  const { there: stages } = writingPlaces(encryptStages(passphrase, "backupInfo"));
  // Where another host encrypts, plain frames are what it is given.
  const form = { defaults: manifest.defaults.file, ...(stages.length === 0 ? { passphrase } : {}) };
  if (finished === undefined) await storage.remove(path);
  else {
    await using sink = await storage.write(path, { stages });
    for await (const frame of journalFrames(finished, form)) await sink.write(frame);
    await sink.commit();
  }
  const threshold = options.need("manifest-save-threshold");
  return openJournal(await storage.append(path, { stages }), { ...form, now: now().getTime(), threshold });
}

/** Removes the journal, once the manifest knows everything. */
export async function removeJournal({ storage, stanza }: Repository, label: string): Promise<void> {
  await storage.remove(journalPath(stanza, label));
}

function journalPath(stanza: string, label: string): string {
  return `${labelFolder(stanza, label)}/${JOURNAL_NAME}`;
}
