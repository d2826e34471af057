import type { JobServices } from "../../process/job.ts";
import { storageError } from "../../storage/os_error.ts";
import { removeFile } from "../../storage/posix_file.ts";
import { openSource } from "../../storage/posix_source.ts";
import { readEntry } from "../../storage/posix.ts";
import { sha1Of, transfer } from "../../storage/transfer.ts";
import { BlockHasher, type TakeBlock } from "../../stream/blocks/hash.ts";
import { type Chunk, joinChunks } from "../../stream/chunk.ts";
import type { RestoredState, RestoreFile, RestoreSettings } from "./restore_job.ts";

/** What a file that is there already is worth. */
export interface Judgement {
  /** Present when it is the one of the backup. */
  state?: RestoredState;
  /** Checksums of its blocks one behind the other, when those that are right can stay. */
  blocks?: Uint8Array;
}

/** Judges a file that is there already, by its bytes or by size and time. */
export async function judgeExisting(
  file: RestoreFile,
  { settings, services }: { settings: RestoreSettings; services: JobServices },
): Promise<Judgement> {
  if (settings.reuse === "never") return {};
  const entry = readEntry(file.path, ".");
  if (entry?.kind !== "file") return {};
  if (settings.reuse === "time") {
    const isSame = entry.size === file.size && entry.time === file.time && entry.time < settings.copyStart;
    return isSame ? { state: "sameTime" } : {};
  }
  const inBlocks = file.stored?.block !== undefined && entry.size > 0 && isOwn(file.path);
  if (entry.size < file.size && !inBlocks) return {};
  if (entry.size > file.size && !isOwn(file.path)) return {};
  if (file.size > 0) {
    const { checksum, blocks } = await checksumsOf(file, { services, inBlocks });
    if (entry.size < file.size || checksum !== file.checksum) return inBlocks ? { blocks } : {};
  }
  if (entry.size > file.size) setSize(file, { read: true, write: true });
  return { state: file.size === 0 ? "empty" : "matches" };
}

/** Whether a file may be changed in place: it is not the other end of a hard link, and not write-protected. */
function isOwn(path: string): boolean {
  const { nlink, mode } = Deno.lstatSync(path);
  return nlink === 1 && ((mode ?? 0) & 0o200) !== 0;
}

/** SHA-1 of as many bytes as the file of the backup has: a relation that only grew since is right up to there. */
async function checksumsOf(
  file: RestoreFile,
  { services, inBlocks }: { services: JobServices; inBlocks: boolean },
): Promise<{ checksum: string; blocks: Uint8Array }> {
  using source = openSource(file.path, { length: file.size });
  using hasher = inBlocks ? new BlockHasher(file.stored!.block!) : undefined;
  const checksums: Chunk[] = [];
  const take: TakeBlock = (_, checksum) => void checksums.push(checksum);
  const { results } = await transfer(source, { write: (chunk) => hasher?.push(chunk, take) }, [{ stage: "sha1" }], {
    name: file.path,
    check: services.checkCancelled,
  });
  hasher?.end(take);
  return { checksum: sha1Of(results), blocks: joinChunks(checksums) };
}

/** A file of a data base that is left out: as long as it was, so that recovery can go on, but sparse. */
export function writeZeros(file: RestoreFile): RestoredState {
  removeFile(file.path);
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
