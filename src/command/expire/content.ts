import {
  archiveFolder,
  backupFolder,
  copyOf,
  HISTORY_NAME,
  historyLabel,
  manifestPath,
} from "../../repository/layout.ts";
import { fullOf } from "../../repository/label.ts";
import type { LabelFolder } from "../../repository/retention/folders.ts";
import type { HistoryYear } from "../../repository/retention/history.ts";
import { type ArchiveListing, isSegmentFolder } from "../../repository/retention/wal_files.ts";
import type { Repository } from "../../repository/repository.ts";
import type { Entry } from "../../storage/storage.ts";
import { labelFolders } from "../stanza/reconciled.ts";

/** Every label folder of a stanza and what it holds. */
export async function listLabelFolders(repository: Repository): Promise<LabelFolder[]> {
  const { storage, stanza } = repository;
  const folders: LabelFolder[] = [];
  for (const label of await labelFolders(repository)) {
    const manifest = manifestPath(stanza, label);
    const full = fullOf(label);
    folders.push({
      label,
      hasManifest: await storage.info(manifest) !== undefined,
      isResumable: await storage.info(copyOf(manifest)) !== undefined,
      ...(full === label ? {} : { prior: full }),
    });
  }
  return folders;
}

/** What every archive id of a stanza has, by the names given; the folders of segments are left empty. */
export async function listArchives(repository: Repository, archiveIds: readonly string[]): Promise<ArchiveListing[]> {
  const listings: ArchiveListing[] = [];
  for (const archiveId of archiveIds) {
    const root = `${archiveFolder(repository.stanza)}/${archiveId}`;
    if (await repository.storage.info(root) === undefined) continue;
    const entries = await entriesOf(repository, root);
    const folders = new Map<string, string[]>();
    for (const { name, kind } of entries) {
      if (kind !== "folder" || !isSegmentFolder(name)) continue;
      folders.set(name, []);
    }
    listings.push({ archiveId, folders, files: entries.filter(({ kind }) => kind === "file").map(({ name }) => name) });
  }
  return listings;
}

/** The archives with the names in some of their folders. */
export async function withNames(
  { storage, stanza }: Repository,
  archives: readonly ArchiveListing[],
  wanted: readonly { archiveId: string; folder: string }[],
): Promise<ArchiveListing[]> {
  const filled: ArchiveListing[] = [];
  for (const archive of archives) {
    const folders = new Map(archive.folders);
    for (const { folder } of wanted.filter(({ archiveId }) => archiveId === archive.archiveId)) {
      folders.set(folder, await storage.names(`${archiveFolder(stanza)}/${archive.archiveId}/${folder}`));
    }
    filled.push({ ...archive, folders });
  }
  return filled;
}

/** The years of the history and their manifests. */
export async function listHistory(repository: Repository): Promise<HistoryYear[]> {
  const root = `${backupFolder(repository.stanza)}/${HISTORY_NAME}`;
  const years: HistoryYear[] = [];
  for (const { name: year, kind } of await entriesOf(repository, root)) {
    if (kind !== "folder") continue;
    const names = await repository.storage.names(`${root}/${year}`);
    years.push({ year, labels: names.flatMap((name) => historyLabel(name) ?? []) });
  }
  return years;
}

async function entriesOf({ storage }: Repository, path: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const batch of storage.list(path)) entries.push(...batch);
  return entries;
}
