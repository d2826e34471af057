import type { Invocation } from "../../cli/invocation.ts";
import { asError, BackRestError } from "../../error.ts";
import { sizeText } from "../../repository/report/size_text.ts";
import { isBackupFile } from "../../repository/wal/segment.ts";
import { listNames } from "../../storage/posix.ts";
import { readDropped, saveDropped } from "../archive/spool/dropped.ts";
import { measuredFile, queueState, readBacklog } from "./queue.ts";

/** WAL that waits, against the bytes that may wait. */
export interface Queue {
  readonly state: ReturnType<typeof queueState>;
  /** Bytes. */
  readonly size: number;
  /** archive-push-queue-max. */
  readonly limit: number | undefined;
}

/** How much WAL waits in a folder. */
export function readQueue(walFolder: string, limit: number | undefined): Queue {
  if (limit === undefined) return { state: "well", size: 0, limit };
  const { ready } = readBacklog(listNames(`${walFolder}/archive_status`), []);
  const size = ready.length * fileSize(walFolder, ready);
  return { state: queueState(size, limit), size, limit };
}

/** Bytes of a WAL file of a list, by the one that stands for all; 0 where it is not there. */
export function fileSize(walFolder: string, names: readonly string[]): number {
  try {
    return Deno.statSync(`${walFolder}/${measuredFile(names)}`).size;
  } catch {
    return 0;
  }
}

/** What is said about a file that is dropped; the first line is the peer's. */
export function dropText(name: string, limit: number): string {
  return `dropped WAL file '${name}' because archive queue exceeded ${sizeText(limit)}\n` +
    "HINT: make a backup as soon as archiving works again: no restore can reach a time between this WAL and the next " +
    "backup.\n" +
    "HINT: info shows what is missing.";
}

/** What is said while there is still time. */
export function queueWarning({ size, limit }: Queue): string {
  return `archive queue is at ${sizeText(size)}: beyond ${
    sizeText(limit ?? 0)
  } (archive-push-queue-max) WAL is dropped, ` +
    "which leaves a hole that no restore can pass\n" +
    "HINT: is a repository slow or away? Raise archive-push-queue-max if there is room in pg_wal.";
}

/**
 * Writes down which files are given up, before anybody is told that they may go: without that nothing is dropped.
 * `dropped` is the list in the spool. Error 64.
 */
export async function noteDropped(dropped: string, names: readonly string[]): Promise<void> {
  try {
    // A backup history file is for people to read; nothing is lost with it.
    await saveDropped(dropped, [...readDropped(dropped), ...names.filter((name) => !isBackupFile(name))]);
  } catch (thrown) {
    const error = asError(thrown);
    throw new BackRestError("fileWrite", `unable to note that WAL is dropped, so it is kept: ${error.message}`, {
      cause: error,
      hint: "option spool-path must name a folder that this user can write to, also without archive-async.",
    });
  }
}

/** Gives up one file if the queue is over its limit: warns and returns true. Error 64 where that cannot be written down. */
export async function dropOne(
  { configuration: { options }, log }: Invocation,
  { name, walFolder, dropped }: { name: string; walFolder: string; dropped: string },
): Promise<boolean> {
  const queue = readQueue(walFolder, options.get("archive-push-queue-max"));
  if (queue.state === "high") log.warn(queueWarning(queue));
  if (queue.state !== "over") return false;
  await noteDropped(dropped, [name]);
  log.warn(dropText(name, queue.limit!));
  return true;
}
