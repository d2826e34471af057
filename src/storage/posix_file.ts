import { BackRestError } from "../error.ts";
import { isMissing, osCode, storageError } from "./os_error.ts";
import { parentOf } from "./path.ts";
import type { Appender, Chunk, Sink, WriteOptions } from "./storage.ts";

/** Default permission bits of files and folders that we create. */
export const FILE_MODE = 0o640;
export const FOLDER_MODE = 0o750;

/** Opens a file for writing; missing parent folders are created. Errors: 41 open, 64 write, 52 sync, 93 exists. */
export function openSink(path: string, options: WriteOptions = {}): Sink {
  const how = options.how ?? "atomic";
  const temporary = how === "inPlace" ? path : temporaryName(path, options.tag);
  if (how === "noReplace" && exists(path)) throw alreadyThere(path);
  const file = openFile(temporary, { write: true, create: true, truncate: true, mode: options.mode ?? FILE_MODE });
  return new PosixSink(file, { path, temporary, how, ...options });
}

/** Ending of names under which files are written before they become visible; the peer's too. */
const TEMPORARY_SUFFIX = ".pgbackrest.tmp";

/** Name under which a file is written before it becomes visible. */
export function temporaryName(path: string, tag?: string): string {
  return `${path}${tag === undefined ? "" : `.${tag}`}${TEMPORARY_SUFFIX}`;
}

/** True for what an interrupted write left behind. */
export function isTemporary(name: string): boolean {
  return name.endsWith(TEMPORARY_SUFFIX);
}

/** Whether anything has that name. Error 98. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw storageError("fileInfo", "look at", path, error);
  }
}

function alreadyThere(path: string): BackRestError {
  return new BackRestError("fileExists", `unable to create file '${path}': it exists already`, { file: path });
}

/** Opens a file for writing; where its folder is missing it is created. */
function openFile(path: string, options: Deno.OpenOptions): Deno.FsFile {
  try {
    return Deno.openSync(path, options);
  } catch (error) {
    if (!isMissing(error)) throw storageError("fileOpen", "open file for write", path, error);
  }
  createFolder(parentOf(path), FOLDER_MODE);
  try {
    return Deno.openSync(path, options);
  } catch (error) {
    throw storageError("fileOpen", "open file for write", path, error);
  }
}

/** Creates a folder and its missing parents; each new one is made durable in its parent. Error 47. */
export function createFolder(path: string, mode: number): void {
  try {
    Deno.mkdirSync(path, { mode });
  } catch (error) {
    if (osCode(error) === "EEXIST" && isFolder(path)) return;
    if (!isMissing(error) || parentOf(path) === "" || parentOf(path) === path) {
      throw storageError("pathCreate", "create folder", path, error);
    }
    createFolder(parentOf(path), mode);
    createFolder(path, mode);
    return;
  }
  syncPath(parentOf(path) || ".");
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Makes the entries of a folder durable. Error 54. */
export function syncPath(path: string): void {
  try {
    using folder = Deno.openSync(path, { read: true });
    folder.syncSync();
  } catch (error) {
    if (osCode(error) === "EINVAL") return;
    throw storageError("pathSync", "sync folder", path, error);
  }
}

type SinkOptions = WriteOptions & { path: string; temporary: string; how: "atomic" | "inPlace" | "noReplace" };

class PosixSink implements Sink {
  #file: Deno.FsFile | undefined;
  #size = 0;
  #committed = false;
  readonly #options: SinkOptions;

  constructor(file: Deno.FsFile, options: SinkOptions) {
    this.#file = file;
    this.#options = options;
  }

  write(chunk: Chunk): void {
    const { temporary } = this.#options;
    if (this.#file === undefined) throw new BackRestError("assert", `write to closed file '${temporary}'`);
    try {
      writeFully(this.#file, chunk);
    } catch (error) {
      throw storageError("fileWrite", "write file", temporary, error);
    }
    this.#size += chunk.length;
  }

  async commit(): Promise<{ size: number; time: number }> {
    const { path, temporary, how, sync } = this.#options;
    await this.#sync();
    this.#close();
    this.#setAttributes();
    // Before the name is known to others: a segment in the spool may be gone at once.
    const time = this.#options.time ?? Math.floor((Deno.lstatSync(temporary).mtime?.getTime() ?? 0) / 1000);
    if (how === "noReplace") this.#publishOnce();
    else if (how === "atomic") rename(temporary, path);
    this.#committed = true;
    if (how !== "inPlace" && sync !== false) syncPath(parentOf(path) || ".");
    return { size: this.#size, time };
  }

  async #sync(): Promise<void> {
    const { sync, temporary } = this.#options;
    if (sync === false) return;
    try {
      if (sync === "aside") await this.#file?.sync();
      else this.#file?.syncSync();
    } catch (error) {
      throw storageError("fileSync", "sync file", temporary, error);
    }
  }

  /** Mode and owner are set after the umask and the creation had their say; the time last, since both may touch it. */
  #setAttributes(): void {
    const { temporary, mode, owner, time } = this.#options;
    try {
      if (owner !== undefined) Deno.chownSync(temporary, owner.uid ?? null, owner.gid ?? null);
      if (mode !== undefined) Deno.chmodSync(temporary, mode);
      if (time !== undefined) Deno.utimeSync(temporary, time, time);
    } catch (error) {
      throw storageError("fileOwner", "set owner, mode or time of", temporary, error);
    }
  }

  /** link(2) fails where the name exists, which rename(2) does not; some file systems know no links. */
  #publishOnce(): void {
    const { path, temporary } = this.#options;
    try {
      Deno.linkSync(temporary, path);
    } catch (error) {
      if (osCode(error) === "EEXIST" || exists(path)) throw alreadyThere(path);
      return rename(temporary, path);
    }
    removeFile(temporary);
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  abort(): Promise<void> {
    return Promise.try(() => {
      this.#close();
      if (!this.#committed) removeFile(this.#options.temporary);
      this.#committed = true;
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.abort();
  }
}

/** Opens a file at its end; a new one is made durable in its folder. Errors: 41 open, 64 write, 52 sync. */
export function openAppender(path: string): Appender {
  const isNew = !exists(path);
  const file = openFile(path, { append: true, create: true, mode: FILE_MODE });
  if (isNew) syncPath(parentOf(path) || ".");
  const task = (kind: "fileWrite" | "fileSync", what: string, call: () => void): Promise<void> =>
    Promise.try(() => {
      try {
        call();
      } catch (error) {
        throw storageError(kind, what, path, error);
      }
    });
  return {
    append: (chunk) => task("fileWrite", "write file", () => writeFully(file, chunk)),
    sync: () => task("fileSync", "sync file", () => file.syncDataSync()),
    [Symbol.asyncDispose]: () => Promise.try(() => file.close()),
  };
}

function writeFully(file: Deno.FsFile, chunk: Chunk): void {
  for (let at = 0; at < chunk.length;) at += file.writeSync(at === 0 ? chunk : chunk.subarray(at));
}

function rename(from: string, to: string): void {
  try {
    Deno.renameSync(from, to);
  } catch (error) {
    throw storageError("fileMove", `move '${from}' to`, to, error);
  }
}

/** Removes a file or a link; a missing one is fine. Error 60. */
export function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!isMissing(error)) throw storageError("fileRemove", "remove file", path, error);
  }
}
