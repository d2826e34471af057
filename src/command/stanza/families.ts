import { BackRestError } from "../../error.ts";
import type { ArchiveInfo } from "../../repository/info/archive_info.ts";
import type { BackupInfo } from "../../repository/info/backup_info.ts";
import { archiveFolder, archiveInfoPath, backupFolder, backupInfoPath, copyOf } from "../../repository/layout.ts";
import { baseOf } from "../../storage/path.ts";
import { isTemporary } from "../../storage/posix_file.ts";
import { loadArchiveInfo, loadBackupInfo, type Repository } from "../../repository/repository.ts";

/** An info file as it is in a repository. */
export interface Family<T> {
  /** Undefined where neither the file nor its copy is there. */
  info: T | undefined;
  /** True when both are there. */
  complete: boolean;
  /** Names in the folder beside the info file and its copy. */
  others: string[];
}

/** Both info files of a stanza. */
export interface Families {
  archive: Family<ArchiveInfo>;
  backup: Family<BackupInfo>;
}

/** Reads what there is of a stanza in a repository. Damaged info files are errors (26, 29, 95), missing ones are not. */
export async function readFamilies(repository: Repository): Promise<Families> {
  const { stanza } = repository;
  return {
    archive: await readFamily(repository, {
      folder: archiveFolder(stanza),
      path: archiveInfoPath(stanza),
      load: async () => (await loadArchiveInfo(repository)).value,
    }),
    backup: await readFamily(repository, {
      folder: backupFolder(stanza),
      path: backupInfoPath(stanza),
      load: async () => (await loadBackupInfo(repository)).value,
    }),
  };
}

async function readFamily<T>(
  { storage }: Repository,
  { folder, path, load }: { folder: string; path: string; load: () => Promise<T> },
): Promise<Family<T>> {
  const names = await storage.names(folder);
  const own = [path, copyOf(path)].map(baseOf);
  const others = names.filter((name) => !own.includes(name) && !isTemporary(name));
  return { info: await loadIfThere(load), complete: own.every((name) => names.includes(name)), others };
}

async function loadIfThere<T>(load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof BackRestError && error.kind === "fileMissing") return undefined;
    throw error;
  }
}
