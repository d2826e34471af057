import { asError, BackRestError, fail } from "../../error.ts";
import { archiveIdsOf, type ClusterIdentity } from "../../repository/info/history.ts";
import { archivePath } from "../../repository/layout.ts";
import { loadArchiveInfo, type Repository } from "../../repository/repository.ts";
import { isStoredAsSegment } from "../../repository/wal/segment.ts";
import { findStored, storedSegmentName } from "../../repository/wal/stored_name.ts";
import type { CompressType } from "../../stream/stage.ts";
import { parentOf } from "../../storage/path.ts";
import { forEachRepository, type RepositoryFailure } from "../archive/failures.ts";

/** A stored form of the file that is wanted. */
export interface ArchiveMatch {
  repository: Repository;
  path: string;
  compressType: CompressType;
  /** SHA-1 of the plain content, for segments. */
  checksum?: string;
  passphrase?: string;
}

/** What the repositories said about a file. */
export interface Found {
  /** In the order they are to be tried. */
  matches: ArchiveMatch[];
  /** Repositories that could not answer. */
  failures: RepositoryFailure[];
}

/**
 * Looks for a file in every repository, under every archive id of this cluster, newest first. Error 45 when a segment is
 * there with different contents.
 */
export async function findInArchives(
  repositories: readonly Repository[],
  { name, cluster }: { name: string; cluster: ClusterIdentity },
): Promise<Found> {
  const { archives, failures } = await openArchives(repositories, cluster);
  const found = await findIn(archives, name);
  return { matches: found.matches, failures: [...failures, ...found.failures] };
}

/** Where a repository keeps the WAL of a cluster. */
export interface ClusterArchive {
  readonly key: number;
  readonly repository: Repository;
  /** Newest first. */
  readonly ids: readonly string[];
  readonly passphrase?: string;
}

/** The archives of a cluster; repositories that cannot tell are failures. */
export async function openArchives(
  repositories: readonly Repository[],
  cluster: ClusterIdentity,
): Promise<{ archives: ClusterArchive[]; failures: RepositoryFailure[] }> {
  const { done, failures } = await forEachRepository(repositories, async (repository) => {
    const { value: info } = await loadArchiveInfo(repository);
    const ids = archiveIdsOf(info, cluster);
    if (ids.length === 0) throw unknownCluster(repository, cluster);
    return { ids, ...(info.cipherPass === undefined ? {} : { passphrase: info.cipherPass }) };
  });
  return { archives: done.map(({ item, result }) => ({ key: item.key, repository: item, ...result })), failures };
}

/** Lists the names in a folder of a repository; whoever looks for many files may remember them. */
export type ListFolder = (repository: Repository, folder: string) => Promise<readonly string[]>;

/** Looks for a file in archives. Error 45 when a segment is there with different contents. */
export async function findIn(
  archives: readonly ClusterArchive[],
  name: string,
  listFolder: ListFolder = listNow,
): Promise<Found> {
  const { done, failures } = await forEachRepository(archives, async ({ repository, ids, passphrase }) => {
    const matches: ArchiveMatch[] = [];
    for (const archiveId of ids) {
      const cipher = passphrase === undefined ? {} : { passphrase };
      for (const match of await findInFolder(repository, { archiveId, name, listFolder })) {
        matches.push({ ...match, ...cipher });
      }
    }
    return matches;
  });
  const matches = done.flatMap(({ result }) => result);
  refuseDuplicates(name, matches);
  return { matches, failures };
}

/** Asks the repository. */
export const listNow: ListFolder = ({ storage }, folder) => storage.names(folder);

function unknownCluster(repository: Repository, cluster: ClusterIdentity): BackRestError {
  return new BackRestError(
    "archiveMismatch",
    `unable to retrieve the archive id for database version '${cluster.version}' and system-id '${cluster.systemId}' ` +
      `in repo${repository.key}`,
    { hint: "is this the stanza of this cluster, and was stanza-upgrade run after an upgrade of PostgreSQL?" },
  );
}

async function findInFolder(
  repository: Repository,
  { archiveId, name, listFolder }: { archiveId: string; name: string; listFolder: ListFolder },
): Promise<ArchiveMatch[]> {
  const path = archivePath({ stanza: repository.stanza, archiveId }, name);
  if (!isStoredAsSegment(name)) {
    const entry = await repository.storage.info(path);
    return entry === undefined ? [] : [{ repository, path, compressType: "none" }];
  }
  const folder = parentOf(path);
  return findStored(await listFolder(repository, folder), name).map((stored) => ({
    repository,
    path: `${folder}/${storedSegmentName(stored)}`,
    compressType: stored.compressType,
    checksum: stored.checksum,
  }));
}

function refuseDuplicates(name: string, matches: readonly ArchiveMatch[]): void {
  const checksums = new Set(matches.flatMap(({ checksum }) => checksum ?? []));
  if (checksums.size <= 1) return;
  const list = matches.map(({ repository, path }) => `repo${repository.key}: ${path}`).join(", ");
  fail("archiveDuplicate", `duplicates found for WAL segment ${name}:\n${list}`, {
    hint: "are multiple primaries archiving to this stanza?",
  });
}

/** What a run of {@linkcode deliver} tried and what failed. */
export type Attempt = { failures: RepositoryFailure[]; delivered?: ArchiveMatch };

/** Tries the matches in turn until one arrives whole. */
export async function deliver(
  matches: readonly ArchiveMatch[],
  fetch: (match: ArchiveMatch) => Promise<void>,
): Promise<Attempt> {
  const failures: RepositoryFailure[] = [];
  for (const match of matches) {
    try {
      await fetch(match);
      return { failures, delivered: match };
    } catch (error) {
      failures.push({ key: match.repository.key, error: asError(error) });
    }
  }
  return { failures };
}
