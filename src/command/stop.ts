import type { Invocation } from "../cli/invocation.ts";
import { describeHolder, type LockHolder, probeLock } from "../process/lock.ts";
import { isRunning } from "../process/running.ts";
import { stopFile } from "../process/stop_file.ts";
import { createFolder } from "../storage/posix_file.ts";
import { posixStorage } from "../storage/posix.ts";
import { baseOf } from "../storage/path.ts";

/** Permission bits of the lock folder, as the peer creates it. */
const LOCK_FOLDER_MODE = 0o770;

/** How long `--force` waits for what it has ended, in milliseconds. */
const END_TIMEOUT = 60_000;

/** How long what has given up its locks may take to be gone, and how often it is looked at, in milliseconds. */
const EXIT_TIMEOUT = 5000;
const LOOK_INTERVAL = 50;

/**
 * Keeps the commands of the stanza, or of all stanzas, from running: creates the stop file. With force ends those that
 * run and waits until they are gone, also when the stop file was there before.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration: { options }, log } = invocation;
  const stanza = options.get("stanza");
  const folder = options.need("lock-path");
  createFolder(folder, LOCK_FOLDER_MODE);
  await createStopFile(stopFile(folder, stanza), () => {
    log.warn(`stop file already exists for ${stanza === undefined ? "all stanzas" : `stanza ${stanza}`}`);
  });
  if (options.get("force")) await endHolders(invocation, { folder, stanza });
  return 0;
}

async function createStopFile(path: string, already: () => void): Promise<void> {
  const storage = posixStorage(path.slice(0, path.lastIndexOf("/")));
  if (await storage.info(baseOf(path)) !== undefined) return already();
  await using sink = await storage.write(baseOf(path));
  await sink.commit();
}

async function endHolders(
  { log, signal }: Invocation,
  { folder, stanza }: { folder: string; stanza: string | undefined },
): Promise<void> {
  const held = await heldLocks(folder, stanza);
  const ended: number[] = [];
  for (const pid of new Set(held.flatMap(({ holder }) => holder.pid ?? []))) {
    try {
      Deno.kill(pid, "SIGTERM");
      ended.push(pid);
      log.info(`sent term signal to process ${pid}`);
    } catch (error) {
      log.warn(`unable to send term signal to process ${pid}: ${error instanceof Error ? error.message : error}`);
    }
  }
  const waitWhile = async (isGoingOn: () => boolean, most: number) => {
    for (const deadline = Date.now() + most; isGoingOn() && Date.now() < deadline;) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL));
    }
  };
  await waitWhile(() => held.some(({ path }) => probeLock(path) !== undefined), END_TIMEOUT);
  // Locks are the last but one thing that a process gives up.
  await waitWhile(() => ended.some(isRunning), EXIT_TIMEOUT);
  for (const { path } of held) {
    const holder = probeLock(path);
    if (holder !== undefined) log.warn(`lock '${path}' is still held: ${describeHolder(holder)}`);
  }
}

async function heldLocks(folder: string, stanza: string | undefined): Promise<{ path: string; holder: LockHolder }[]> {
  const held: { path: string; holder: LockHolder }[] = [];
  for await (const batch of posixStorage(folder).list("")) {
    for (const { name } of batch) {
      if (!name.endsWith(".lock") || stanza !== undefined && !isOfStanza(name, stanza)) continue;
      const holder = probeLock(`${folder}/${name}`);
      if (holder !== undefined) held.push({ path: `${folder}/${name}`, holder });
    }
  }
  return held;
}

/** `demo-backup.lock` and `demo-backup-1.lock` are of stanza demo, `demo-2-backup.lock` is not. */
function isOfStanza(name: string, stanza: string): boolean {
  return name.startsWith(`${stanza}-`) &&
    /^(archive|backup|restore)(-[0-9]+)?\.lock$/.test(name.slice(stanza.length + 1));
}
