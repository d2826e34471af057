import { type Context, repositoryHost } from "../../context.ts";
import { asError, errorText } from "../../error.ts";
import { type LockHolder, lockNames } from "../../process/lock.ts";
import { heldLock, type RepositoryHost } from "../../process/repository_host.ts";
import { BACKUP_ROOT } from "../../repository/layout.ts";
import type { LockState, RepositoryFinding } from "../../repository/report/stanza.ts";
import { loadArchiveInfo, type Repository } from "../../repository/repository.ts";
import type { Storage } from "../../storage/storage.ts";
import { loadVisibleInfo } from "../stanza/reconciled.ts";
import { lookAtWal, type WalLook } from "./wal.ts";

/** What is known of a stanza in one repository; whatever goes wrong is part of the answer. */
export async function findStanza(
  context: Context,
  repository: Repository,
  wal: WalLook,
): Promise<RepositoryFinding> {
  const { key, stanza } = repository;
  const found = await look(repository, wal);
  const host = await repositoryHost(context, key, stanza);
  // Where the host cannot be reached, what was found says so.
  const cipher = (await host.settings().catch(() => undefined))?.cipherType ?? "none";
  return { key, cipher, backupLock: await backupLock(context, { host, key, stanza }), found };
}

/** Somebody works on a repository when this host or the one of the repository says so; the one who drives tells more. */
async function backupLock(
  { configuration: { options } }: Context,
  { host, key, stanza }: { host: RepositoryHost; key: number; stanza: string },
): Promise<LockState> {
  const here = heldLock(options.need("lock-path"), lockNames(stanza, ["backup"], [key]));
  return lockState(here ?? await host.lookAtLock("backup").catch(() => undefined));
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

/** What is known of who holds a lock, as a finding. */
export function lockState(holder: LockHolder | undefined): LockState {
  if (holder === undefined) return { held: false };
  const { size, sizeComplete, percent } = holder;
  if (size !== undefined && sizeComplete !== undefined) return { held: true, progress: { size, sizeComplete } };
  return { held: true, ...(percent === undefined ? {} : { hundredths: percent }) };
}
