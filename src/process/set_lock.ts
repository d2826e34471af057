import { BackRestError } from "../error.ts";
import { createFolder, removeFile } from "../storage/posix_file.ts";
import { isSameFile, LOCK_FOLDER_MODE, openLockFile, pauseForInstant, TRIES } from "./lock.ts";

/**
 * Locks on single backups: a restore shares them, whoever removes a backup takes them alone. They lie beside the other
 * locks of the host that has the repository, as `<stanza>-restore-<label>.lock`; the peer does not know them.
 */
export interface SetLocks {
  /** Folder of the lock files (option lock-path). */
  folder: string;
  stanza: string;
}

/** Keeps the backups from being removed until disposed. Error 50 when one is just being removed. */
export function shareSets(locks: SetLocks, labels: readonly string[]): Disposable {
  createFolder(locks.folder, LOCK_FOLDER_MODE);
  const held: Disposable[] = [];
  const release = () => {
    for (const lock of held.splice(0)) lock[Symbol.dispose]();
  };
  for (const label of labels) {
    const lock = lockFile(setLockPath(locks, label), { exclusive: false });
    if (lock === undefined) {
      release();
      throw new BackRestError(
        "lockAcquire",
        `unable to restore backup '${label}': it is just being removed by expire`,
        {
          hint: "choose another backup set, look with info.",
        },
      );
    }
    held.push(lock);
  }
  return { [Symbol.dispose]: release };
}

/** The right to remove a backup until disposed; undefined while somebody restores it. */
export function claimSet(locks: SetLocks, label: string): Disposable | undefined {
  createFolder(locks.folder, LOCK_FOLDER_MODE);
  return lockFile(setLockPath(locks, label), { exclusive: true });
}

function setLockPath({ folder, stanza }: SetLocks, label: string): string {
  return `${folder}/${stanza}-restore-${label}.lock`;
}

/** Locks a file that goes away with its last holder; undefined when others stand against it. */
function lockFile(path: string, { exclusive }: { exclusive: boolean }): Disposable | undefined {
  for (let tries = 1;;) {
    const file = openLockFile(path);
    if (file.tryLockSync(exclusive)) {
      if (isSameFile(file, path)) return { [Symbol.dispose]: () => release(file, path) };
      file.close();
      continue;
    }
    file.close();
    if (tries++ === TRIES) return undefined;
    pauseForInstant();
  }
}

/** Only who is alone with the file may remove it. */
function release(file: Deno.FsFile, path: string): void {
  try {
    if (file.tryLockSync(true)) removeFile(path);
  } finally {
    file.close();
  }
}
