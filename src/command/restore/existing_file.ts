import type { JobServices } from "../../process/job.ts";
import { storageError } from "../../storage/os_error.ts";
import { openSource } from "../../storage/posix_file.ts";
import { readEntry } from "../../storage/posix.ts";
import { sha1Of, transfer } from "../../storage/transfer.ts";
import type { RestoredState, RestoreFile, RestoreSettings } from "./restore_job.ts";

/** Whether a file that is there already is the one of the backup, and by what; undefined when it has to be written. */
export async function judgeExisting(
  file: RestoreFile,
  { settings, services }: { settings: RestoreSettings; services: JobServices },
): Promise<RestoredState | undefined> {
  if (settings.reuse === "never") return undefined;
  const entry = readEntry(file.path, ".");
  if (entry?.kind !== "file") return undefined;
  if (settings.reuse === "time") {
    return entry.size === file.size && entry.time === file.time && entry.time < settings.copyStart
      ? "sameTime"
      : undefined;
  }
  if (entry.size < file.size) return undefined;
  if (file.size > 0 && await checksumOf(file, services) !== file.checksum) return undefined;
  if (entry.size > file.size) setSize(file, { read: true, write: true });
  return file.size === 0 ? "empty" : "matches";
}

/** SHA-1 of as many bytes as the file of the backup has: a relation that only grew since is right up to there. */
async function checksumOf(file: RestoreFile, services: JobServices): Promise<string> {
  using source = openSource(file.path, { length: file.size });
  const { results } = await transfer(source, { write: () => {} }, [{ stage: "sha1" }], {
    name: file.path,
    check: services.checkCancelled,
  });
  return sha1Of(results);
}

/** A file of a data base that is left out: as long as it was, so that recovery can go on, but sparse. */
export function writeZeros(file: RestoreFile): RestoredState {
  setSize(file, { write: true, create: true, truncate: true, mode: file.mode });
  setAttributes(file);
  return "zeroed";
}

function setSize({ path, size }: RestoreFile, options: Deno.OpenOptions): void {
  try {
    using opened = Deno.openSync(path, options);
    opened.truncateSync(size);
    opened.syncSync();
  } catch (error) {
    throw storageError("fileWrite", "set size of", path, error);
  }
}

/** Gives a file that stays the owner, mode and time of the backup. */
export function setAttributes({ path, mode, time, uid, gid }: RestoreFile): void {
  try {
    const present = Deno.statSync(path);
    if (uid !== undefined && present.uid !== uid || gid !== undefined && present.gid !== gid) {
      Deno.chownSync(path, uid ?? null, gid ?? null);
    }
    if (((present.mode ?? 0) & 0o777) !== mode) Deno.chmodSync(path, mode);
    if (Math.floor((present.mtime?.getTime() ?? 0) / 1000) !== time) Deno.utimeSync(path, time, time);
  } catch (error) {
    throw storageError("fileOwner", "set owner, mode or time of", path, error);
  }
}
