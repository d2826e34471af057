import { openRepository, workerContext } from "../../context.ts";
import { fail } from "../../error.ts";
import type { Job, JobServices } from "../../process/job.ts";
import { decryptStages, describePath, fetchStored, type Repository } from "../../repository/repository.ts";
import { storageError } from "../../storage/os_error.ts";
import { openSink, openSource, removeFile } from "../../storage/posix_file.ts";
import { readEntry } from "../../storage/posix.ts";
import { sha1Of, transfer } from "../../storage/transfer.ts";
import type { CompressType, StageSpec } from "../../stream/stage.ts";

/** A file to restore. Sizes in bytes, times in epoch seconds. */
export interface RestoreFile {
  /** Row in the manifest. */
  row: number;
  /** Manifest name, for messages. */
  name: string;
  /** Absolute path it is written to. */
  path: string;
  size: number;
  time: number;
  mode: number;
  uid?: number;
  gid?: number;
  checksum: string;
  /** True for a file that gets its size but none of its bytes. */
  zeroed?: boolean;
  /** Where the stored bytes are; absent for empty files. */
  stored?: { path: string; offset: number; length: number; raw: boolean };
}

/** What is the same for all files of a restore. */
export interface RestoreSettings {
  repoKey: number;
  compressType: CompressType;
  /** Passphrase of the files of this set. */
  passphrase?: string;
  /** How an existing file is judged: by its bytes, by size and time, or not at all. */
  reuse: "checksum" | "time" | "never";
  /** Files changed from this second on may have changed during the backup. */
  copyStart: number;
}

/** Restores some files of a backup. */
export interface RestoreJob extends Job {
  kind: "restore-copy";
  settings: RestoreSettings;
  files: RestoreFile[];
}

/** What became of a file: written, or found to be right already. */
export type RestoredState = "zeroed" | "written" | "matches" | "sameTime" | "empty";

/** Runs in a worker; the result has a state for each file of the job. */
export async function run(job: RestoreJob, services: JobServices): Promise<RestoredState[]> {
  const repository = openRepository(workerContext(services), job.settings.repoKey);
  const states: RestoredState[] = [];
  for (const file of job.files) {
    services.checkCancelled();
    states.push(await restoreFile(file, { settings: job.settings, repository, services }));
  }
  return states;
}

interface RestoreTools {
  settings: RestoreSettings;
  repository: Repository;
  services: JobServices;
}

async function restoreFile(file: RestoreFile, tools: RestoreTools): Promise<RestoredState> {
  if (file.zeroed) return writeZeros(file);
  const kept = await judgeExisting(file, tools);
  if (kept !== undefined) {
    setAttributes(file);
    tools.services.progress(file.size);
    return kept;
  }
  await writeFile(file, tools);
  return file.stored === undefined ? "empty" : "written";
}

/** Whether a file that is there already is the one of the backup. */
async function judgeExisting(
  file: RestoreFile,
  { settings, services }: RestoreTools,
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
  if (entry.size > file.size) truncate(file);
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

function truncate(file: RestoreFile): void {
  setSize(file, { read: true, write: true });
}

/** A file of a data base that is left out: as long as it was, so that recovery can go on, but sparse. */
function writeZeros(file: RestoreFile): RestoredState {
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

function setAttributes({ path, mode, time, uid, gid }: RestoreFile): void {
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

async function writeFile(file: RestoreFile, { settings, repository, services }: RestoreTools): Promise<void> {
  const { path, mode, time, uid, gid } = file;
  const owner = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
  // A new file: the old one may be write-protected, or the other end of a hard link somebody made to keep it.
  removeFile(path);
  await using sink = openSink(path, { how: "inPlace", mode, time, owner });
  if (file.stored !== undefined) {
    const { raw, ...stored } = file.stored;
    const specs: StageSpec[] = [
      ...decryptStages(settings.passphrase, "set", raw),
      { stage: "decompress", type: settings.compressType, raw },
      { stage: "sha1" },
    ];
    let size = 0;
    const { results } = await fetchStored(repository, { ...stored, passphrase: settings.passphrase }, specs, {
      signal: services.signal,
      check: services.checkCancelled,
      write(chunk) {
        size += chunk.length;
        services.progress(chunk.length);
        return sink.write(chunk);
      },
    });
    checkContent(file, { size, checksum: sha1Of(results), from: describePath(repository, stored.path) });
  }
  await sink.commit();
}

function checkContent(file: RestoreFile, found: { size: number; checksum: string; from: string }): void {
  if (found.size === file.size && found.checksum === file.checksum) return;
  fail(
    "checksum",
    `error restoring '${file.path}': actual checksum '${found.checksum}' (${found.size} bytes) does not match expected ` +
      `checksum '${file.checksum}' (${file.size} bytes)`,
    { file: found.from, hint: `the stored file is damaged: ${found.from}\nuse another backup set: --set=...` },
  );
}
