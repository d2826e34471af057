import { fail } from "../../error.ts";
import type { ControlData } from "../../postgres/control.ts";
import { archiveId, type ClusterIdentity, currentCluster, isSameCluster } from "../../repository/info/history.ts";
import { loadArchiveInfo, type Repository } from "../../repository/repository.ts";
import { forEachRepository, type RepositoryFailure, sumUpFailures } from "../archive/failures.ts";

/** Where a file of the archive goes in one repository. */
export interface ArchiveTarget {
  key: number;
  repository: Repository;
  archiveId: string;
  /** Passphrase of archived files, where the repository is encrypted. */
  passphrase?: string;
}

/** The targets that can be used, and what is wrong with the others. */
export interface ArchiveTargets {
  targets: ArchiveTarget[];
  failures: RepositoryFailure[];
  /** The cluster whose WAL is expected. */
  cluster: ClusterIdentity;
}

/**
 * The archive of the current cluster in every repository. It must be the cluster of pg_control, or without that the same
 * cluster everywhere. Error 103 when no repository can be used.
 */
export async function openTargets(repositories: readonly Repository[], control?: ControlData): Promise<ArchiveTargets> {
  let expected: ClusterIdentity | undefined = control;
  const { done, failures } = await forEachRepository(repositories, async (repository) => {
    const { value: info } = await loadArchiveInfo(repository);
    const current = currentCluster(info);
    if (expected !== undefined) checkCluster(repository, { current, expected, fromControl: control !== undefined });
    expected ??= current;
    return { archiveId: archiveId(current), passphrase: info.cipherPass };
  });
  if (done.length === 0) throw sumUpFailures("repoInvalid", "unable to find a valid repository:", failures);
  const targets = done.map(({ item: repository, result: { archiveId, passphrase } }) => ({
    key: repository.key,
    repository,
    archiveId,
    ...(passphrase === undefined ? {} : { passphrase }),
  }));
  return { targets, failures, cluster: expected! };
}

function checkCluster(
  repository: Repository,
  { current, expected, fromControl }: { current: ClusterIdentity; expected: ClusterIdentity; fromControl: boolean },
): void {
  if (isSameCluster(current, expected)) return;
  const whose = fromControl ? "PostgreSQL" : "other repository's";
  fail(
    "archiveMismatch",
    `${whose} version ${expected.version}, system-id ${expected.systemId} do not match repo${repository.key} stanza ` +
      `version ${current.version}, system-id ${current.systemId}`,
    { hint: "are you archiving to the correct stanza? After an upgrade of PostgreSQL run stanza-upgrade." },
  );
}
