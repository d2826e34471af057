import type { Invocation } from "../../cli/invocation.ts";
import type { Configuration } from "../../config/configuration.ts";
import { asError, errorText } from "../../error.ts";
import { lockNames, type LockType, probeLock } from "../../process/lock.ts";
import { archiveId } from "../../repository/info/history.ts";
import type { ArchiveInfo } from "../../repository/info/archive_info.ts";
import { archiveFolder, backupFolder } from "../../repository/layout.ts";
import type { LockState, RepositoryFinding, WalBounds } from "../../repository/report/stanza.ts";
import { isSegmentFolder } from "../../repository/retention/wal_files.ts";
import { loadArchiveInfo, loadBackupInfo, type Repository } from "../../repository/repository.ts";
import { isStoredSegment } from "../../repository/wal/stored_name.ts";

/** What is known of a stanza in one repository; whatever goes wrong is part of the answer. */
export async function findStanza({ configuration }: Invocation, repository: Repository): Promise<RepositoryFinding> {
  return {
    key: repository.key,
    cipher: configuration.options.need("repo-cipher-type", repository.key),
    backupLock: lockState(configuration, { stanza: repository.stanza, type: "backup", keys: [repository.key] }),
    found: await look(repository),
  };
}

async function look(repository: Repository): Promise<RepositoryFinding["found"]> {
  try {
    if (await repository.storage.info(backupFolder(repository.stanza)) === undefined) return { state: "noPath" };
    const { value: backup } = await loadBackupInfo(repository);
    const { value: archive } = await loadArchiveInfo(repository);
    return { state: "loaded", backup, archive, wal: await walBounds(repository, archive) };
  } catch (thrown) {
    const error = asError(thrown);
    if (error.kind === "fileMissing") return { state: "noData" };
    return { state: "failed", message: `[${error.name}] ${errorText(error)}` };
  }
}

async function walBounds(repository: Repository, archive: ArchiveInfo): Promise<WalBounds[]> {
  const bounds: WalBounds[] = [];
  for (const id of archive.entries.map(archiveId)) {
    const root = `${archiveFolder(repository.stanza)}/${id}`;
    const folders = (await namesIn(repository, root)).filter(isSegmentFolder);
    const min = await edgeSegment(repository, { root, folders, last: false });
    const max = await edgeSegment(repository, { root, folders, last: true });
    bounds.push({ archiveId: id, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) });
  }
  return bounds;
}

/** The first or last segment; a folder without any is passed over. */
async function edgeSegment(
  repository: Repository,
  { root, folders, last }: { root: string; folders: string[]; last: boolean },
): Promise<string | undefined> {
  for (const folder of last ? folders.toReversed() : folders) {
    const segments = (await namesIn(repository, `${root}/${folder}`)).filter(isStoredSegment);
    const edge = last ? segments.at(-1) : segments[0];
    if (edge !== undefined) return edge.slice(0, 24);
  }
  return undefined;
}

async function namesIn({ storage }: Repository, path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const batch of storage.list(path)) names.push(...batch.map(({ name }) => name));
  return names;
}

/** Whether somebody on this host holds a lock, and how far he is. */
export function lockState(
  { options }: Configuration,
  { stanza, type, keys }: { stanza: string; type: LockType; keys: readonly number[] },
): LockState {
  for (const name of lockNames(stanza, [type], keys).toReversed()) {
    const holder = probeLock(`${options.need("lock-path")}/${name}`);
    if (holder === undefined) continue;
    const { size, sizeComplete } = holder;
    return {
      held: true,
      ...(size === undefined || sizeComplete === undefined ? {} : { progress: { size, sizeComplete } }),
    };
  }
  return { held: false };
}
