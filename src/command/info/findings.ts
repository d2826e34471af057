import type { Configuration } from "../../config/configuration.ts";
import { asError, errorText } from "../../error.ts";
import { lockNames, type LockType, probeLock } from "../../process/lock.ts";
import { BACKUP_ROOT } from "../../repository/layout.ts";
import type { LockState, RepositoryFinding } from "../../repository/report/stanza.ts";
import { loadArchiveInfo, type Repository } from "../../repository/repository.ts";
import type { Storage } from "../../storage/storage.ts";
import { loadVisibleInfo } from "../stanza/reconciled.ts";
import { lookAtWal, type WalLook } from "./wal.ts";

/** What is known of a stanza in one repository; whatever goes wrong is part of the answer. */
export async function findStanza(
  configuration: Configuration,
  repository: Repository,
  wal: WalLook,
): Promise<RepositoryFinding> {
  return {
    key: repository.key,
    cipher: configuration.options.need("repo-cipher-type", repository.key),
    backupLock: lockState(configuration, { stanza: repository.stanza, type: "backup", keys: [repository.key] }),
    found: await look(repository, wal),
  };
}

async function look(repository: Repository, wal: WalLook): Promise<RepositoryFinding["found"]> {
  try {
    if (!(await stanzasIn(repository.storage)).includes(repository.stanza)) return { state: "noPath" };
    const backup = await loadVisibleInfo(repository, () => {});
    const { value: archive } = await loadArchiveInfo(repository);
    return { state: "loaded", backup, archive, wal: await lookAtWal(repository, { archive, backup }, wal) };
  } catch (error) {
    return asError(error).kind === "fileMissing" ? { state: "noData" } : failed(error);
  }
}

/** What went wrong, as a finding. */
export function failed(thrown: unknown): RepositoryFinding["found"] {
  const error = asError(thrown);
  return { state: "failed", message: `[${error.name}] ${errorText(error)}` };
}

/** Stanzas that have a folder in a repository. Error 53 when it cannot be listed. */
export async function stanzasIn(storage: Storage): Promise<string[]> {
  const stanzas: string[] = [];
  for await (const batch of storage.list(BACKUP_ROOT)) {
    stanzas.push(...batch.filter(({ kind }) => kind === "folder").map(({ name }) => name));
  }
  return stanzas;
}

/** Whether somebody on this host holds a lock, and how far he is. */
export function lockState(
  { options }: Configuration,
  { stanza, type, keys }: { stanza: string; type: LockType; keys: readonly number[] },
): LockState {
  for (const name of lockNames(stanza, [type], keys).toReversed()) {
    const holder = probeLock(`${options.need("lock-path")}/${name}`);
    if (holder === undefined) continue;
    const { size, sizeComplete, percent } = holder;
    if (size !== undefined && sizeComplete !== undefined) return { held: true, progress: { size, sizeComplete } };
    return { held: true, ...(percent === undefined ? {} : { hundredths: percent }) };
  }
  return { held: false };
}
