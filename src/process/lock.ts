import { BackRestError } from "../error.ts";
import { isMissing, storageError } from "../storage/os_error.ts";
import { createFolder } from "../storage/posix_file.ts";

/** What a lock protects: pushing and getting WAL in the background, changing backups, restoring. */
export type LockType = "archive" | "backup" | "restore";

/** Who holds a lock, as far as its file tells. */
export interface LockHolder {
  execId?: string;
  pid?: number;
  host?: string;
  command?: string;
  /** Epoch seconds. */
  since?: number;
  /** Percent complete times 100, with `size` and `sizeComplete` in bytes: progress of a backup. */
  percent?: number;
  size?: number;
  sizeComplete?: number;
}

/** What to lock and what to say about ourselves. */
export interface LockRequest {
  /** Folder of the lock files (option lock-path). */
  folder: string;
  stanza: string;
  types: readonly LockType[];
  /** Repository keys the run works on. */
  repoKeys: readonly number[];
  execId: string;
  /** What runs; for a lock taken for another host also who drives it there. */
  command: string;
  host: string;
  /** Epoch seconds. */
  since: number;
}

/** Permission bits of lock files and of the folder they lie in, as the peer creates them. */
const LOCK_MODE = 0o640;
export const LOCK_FOLDER_MODE = 0o770;

/**
 * Names on disk: `<stanza>-<type>.lock` as 2.45 takes it and `<stanza>-<type>-<repository>.lock` as 2.59 does, so that
 * all three programs exclude each other. 2.45 knows no restore lock.
 */
export function lockNames(stanza: string, types: readonly LockType[], repoKeys: readonly number[]): string[] {
  return types.flatMap((type) => [
    ...(type === "restore" ? [] : [`${stanza}-${type}.lock`]),
    ...repoKeys.map((key) => `${stanza}-${type}-${key}.lock`),
  ]);
}

/** Locks held by this process. Disposing removes the files and lets go. */
export interface Locks extends Disposable {
  /** Writes how far the run has come into the lock files; sizes in bytes. */
  progress(size: number, sizeComplete: number): void;
}

/**
 * Takes every lock of the request or none. Error 50 names who holds the first busy one. A busy lock whose file carries
 * our own execution id was taken by the process that started us and counts as held.
 */
export function takeLocks(request: LockRequest): Locks {
  createFolder(request.folder, LOCK_FOLDER_MODE);
  const held: HeldLock[] = [];
  const release = () => {
    for (const lock of held.splice(0).reverse()) lock.release();
  };
  try {
    for (const name of lockNames(request.stanza, request.types, request.repoKeys)) {
      const lock = takeOne(`${request.folder}/${name}`, request.execId);
      if (lock === undefined) continue;
      held.push(lock);
      lock.write(content(request));
    }
  } catch (error) {
    release();
    throw error;
  }
  return {
    progress(size: number, sizeComplete: number): void {
      for (const lock of held) lock.write(content(request, size, sizeComplete));
    },
    [Symbol.dispose]: release,
  };
}

/** One JSON object with sorted keys: the peer reads `execId`, `pctCplt`, `pid`, `sz`, `szCplt` and skips the rest. */
function content(request: LockRequest, size?: number, sizeComplete?: number): string {
  const progress = size === undefined || sizeComplete === undefined
    ? {}
    : { pctCplt: size === 0 ? 10000 : Math.floor((sizeComplete / size) * 10000), sz: size, szCplt: sizeComplete };
  const { pctCplt, ...sizes } = progress as { pctCplt?: number };
  return JSON.stringify({
    command: request.command,
    execId: request.execId,
    host: request.host,
    ...(pctCplt === undefined ? {} : { pctCplt }),
    pid: Deno.pid,
    since: request.since,
    ...sizes,
  });
}

interface HeldLock {
  write(text: string): void;
  release(): void;
}

/**
 * How often a busy lock is tried, and the pause between two tries in milliseconds: `info` of any program holds a lock for
 * an instant when it looks whether somebody has it.
 */
export const TRIES = 6;
const PAUSE = 20;

/** Blocks for an instant: whoever holds a lock for a look at it needs no longer. */
export function pauseForInstant(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
}

/** Takes one lock; undefined when the process that started us holds it. */
function takeOne(path: string, execId: string): HeldLock | undefined {
  for (let tries = 1;;) {
    const file = openLockFile(path);
    if (!file.tryLockSync(true)) {
      file.close();
      const holder = readHolder(path);
      if (holder?.execId === execId) return undefined;
      if (tries++ === TRIES) throw busy(path, holder);
      pauseForInstant();
      continue;
    }
    if (isSameFile(file, path)) return heldLock(file, path);
    // The holder removed the file between our open and our lock: what we locked has no name any more.
    file.close();
  }
}

/** Opens a lock file, making it where it is missing. Error 50. */
export function openLockFile(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { read: true, write: true, create: true, mode: LOCK_MODE });
  } catch (error) {
    const failure = storageError("lockAcquire", "acquire lock on file", path, error);
    throw new BackRestError("lockAcquire", failure.message, {
      hint: failure.hint ?? `does the user who runs this command own the folder of the lock file (option lock-path)?`,
    });
  }
}

/** True when the open file still is the one of that name: somebody else may have removed it meanwhile. */
export function isSameFile(file: Deno.FsFile, path: string): boolean {
  try {
    return file.statSync().ino === Deno.statSync(path).ino;
  } catch (error) {
    if (isMissing(error)) return false;
    throw storageError("lockAcquire", "look at lock file", path, error);
  }
}

function heldLock(file: Deno.FsFile, path: string): HeldLock {
  const encoder = new TextEncoder();
  return {
    write(text: string): void {
      const bytes = encoder.encode(text);
      file.seekSync(0, Deno.SeekMode.Start);
      file.writeSync(bytes);
      file.truncateSync(bytes.length);
    },
    release(): void {
      try {
        Deno.removeSync(path);
      } catch (error) {
        if (!isMissing(error)) throw storageError("fileRemove", "remove lock file", path, error);
      } finally {
        file.close();
      }
    },
  };
}

function busy(path: string, holder: LockHolder | undefined): BackRestError {
  return new BackRestError("lockAcquire", `unable to acquire lock on file '${path}': ${describeHolder(holder)}`, {
    hint: "is another pgBackRest or pg_backrest process running for this stanza? Wait for it, or end it with: " +
      "pg_backrest --stanza=... stop --force",
  });
}

/** Who holds a lock, in words. */
export function describeHolder(holder: LockHolder | undefined): string {
  if (holder?.pid === undefined) return "another process holds it";
  const what = holder.command === undefined ? "" : ` (${holder.command})`;
  const where = holder.host === undefined ? "" : ` on ${holder.host}`;
  const since = holder.since === undefined ? "" : ` since ${new Date(holder.since * 1000).toISOString()}`;
  return `process ${holder.pid}${what}${where} holds it${since}`;
}

/** What a lock file says; undefined when it is missing or says nothing that can be read. */
export function readHolder(path: string): LockHolder | undefined {
  try {
    const record = JSON.parse(Deno.readTextFileSync(path)) as Record<string, unknown>;
    const text = (key: string) => typeof record[key] === "string" ? record[key] : undefined;
    const number = (key: string) => typeof record[key] === "number" ? record[key] : undefined;
    return dropUndefined({
      execId: text("execId"),
      pid: number("pid"),
      host: text("host"),
      command: text("command"),
      since: number("since"),
      percent: number("pctCplt"),
      size: number("sz"),
      sizeComplete: number("szCplt"),
    });
  } catch {
    return undefined;
  }
}

function dropUndefined(record: { [K in keyof Required<LockHolder>]: LockHolder[K] | undefined }): LockHolder {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/**
 * Who holds a lock right now, without taking it from anybody: probed with a shared lock for an instant, which an
 * exclusive holder refuses. Undefined when nobody holds it.
 */
export function probeLock(path: string): LockHolder | undefined {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { read: true });
  } catch {
    return undefined;
  }
  using _closed = { [Symbol.dispose]: () => file.close() };
  return file.tryLockSync(false) ? undefined : readHolder(path) ?? {};
}
