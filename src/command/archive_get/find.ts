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
  const { done, failures } = await forEachRepository(repositories, async (repository) => {
    const { value: info } = await loadArchiveInfo(repository);
    const ids = archiveIdsOf(info, cluster);
    if (ids.length === 0) throw unknownCluster(repository, cluster);
    const matches: ArchiveMatch[] = [];
    for (const archiveId of ids) {
      const cipher = info.cipherPass === undefined ? {} : { passphrase: info.cipherPass };
      for (const match of await findInFolder(repository, { archiveId, name })) matches.push({ ...match, ...cipher });
    }
    return matches;
  });
  const matches = done.flatMap(({ result }) => result);
  refuseDuplicates(name, matches);
  return { matches, failures };
}

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
  { archiveId, name }: { archiveId: string; name: string },
): Promise<ArchiveMatch[]> {
  const path = archivePath({ stanza: repository.stanza, archiveId }, name);
  if (!isStoredAsSegment(name)) {
    const entry = await repository.storage.info(path);
    return entry === undefined ? [] : [{ repository, path, compressType: "none" }];
  }
  const folder = parentOf(path);
  const names: string[] = [];
  for await (const batch of repository.storage.list(folder)) names.push(...batch.map((entry) => entry.name));
  return findStored(names, name).map((stored) => ({
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
