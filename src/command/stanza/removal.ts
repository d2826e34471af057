import {
  archiveFolder,
  archiveInfoPath,
  backupFolder,
  backupInfoPath,
  copyOf,
  labelFolder,
  manifestPath,
} from "../../repository/layout.ts";
import type { Repository } from "../../repository/repository.ts";
import { parentOf } from "../../storage/path.ts";
import type { Entry } from "../../storage/storage.ts";
import { labelFolders } from "./reconciled.ts";

/**
 * Removes everything of a stanza. The info files go first, durably, so that whatever the moment of a kill, what is left is
 * the whole stanza or nothing that any command would use; each backup loses its manifest before its files, so that
 * nobody who brings the info files back takes a half for a whole. Ends early, with the reason, when `signal` says so.
 */
export async function removeStanza(repository: Repository, signal: AbortSignal): Promise<void> {
  const { stanza } = repository;
  for (const path of [archiveInfoPath(stanza), backupInfoPath(stanza)]) await removePair(repository, path);
  for (const archive of await entriesOf(repository, archiveFolder(stanza))) {
    if (archive.kind !== "folder") continue;
    const root = `${archiveFolder(stanza)}/${archive.name}`;
    for (const { name } of await entriesOf(repository, root)) {
      await takeTurn(signal);
      await repository.storage.removeTree(`${root}/${name}`);
    }
  }
  for (const label of (await labelFolders(repository)).toReversed()) {
    await takeTurn(signal);
    await removePair(repository, manifestPath(stanza, label));
    await repository.storage.removeTree(labelFolder(stanza, label));
  }
  for (const folder of [archiveFolder(stanza), backupFolder(stanza)]) await removeFolder(repository, folder);
}

/** Removes a file and its copy, and makes that durable. */
async function removePair({ storage }: Repository, path: string): Promise<void> {
  for (const each of [path, copyOf(path)]) await storage.remove(each);
  if (await storage.info(parentOf(path)) !== undefined) await storage.syncFolder(parentOf(path));
}

async function removeFolder({ storage }: Repository, folder: string): Promise<void> {
  await storage.removeTree(folder);
  const parent = parentOf(folder);
  if (await storage.info(parent) !== undefined) await storage.syncFolder(parent);
}

async function entriesOf({ storage }: Repository, folder: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const batch of storage.list(folder)) entries.push(...batch);
  return entries;
}

/** Removing is synchronous: between two folders signals are listened to. */
async function takeTurn(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal.throwIfAborted();
}
