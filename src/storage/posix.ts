import { BackRestError } from "../error.ts";
import { isMissing, osCode, storageError } from "./os_error.ts";
import { checkPath, compareNames, joinPath, parentOf } from "./path.ts";
import { createFolder, FOLDER_MODE, openAppender, openSink, removeFile, syncPath } from "./posix_file.ts";
import { openSource } from "./posix_source.ts";
import type { Appender, Entry, ReadRange, Sink, Source, Storage, WriteOptions } from "./storage.ts";

/**
 * A folder of this host as a storage. File calls are synchronous (in a worker nobody waits, and on the main thread they
 * are short) but for an fsync that was asked for aside; listings yield between folders.
 */
export function posixStorage(root: string): Storage {
  return new PosixStorage(root);
}

class PosixStorage implements Storage {
  readonly kind = "posix";
  readonly can = { folders: true, links: true, hardLinks: true, noReplace: true, append: true, stages: false };
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  #path(path: string): string {
    const plain = checkPath(path);
    if (plain === "") return this.root;
    return this.root === "/" ? `/${plain}` : `${this.root}/${plain}`;
  }

  info(path: string, options: { follow?: boolean } = {}): Promise<Entry | undefined> {
    return Promise.try(() => readEntry(this.#path(path), ".", options));
  }

  async *list(path: string, options: { recurse?: boolean; required?: boolean } = {}): AsyncIterable<Entry[]> {
    const entries = await listFolder(this.#path(path), options);
    if (entries.length > 0) yield entries;
    if (options.recurse !== true) return;
    for (const folder of entries.filter((entry) => entry.kind === "folder")) {
      for await (const batch of this.list(joinPath(checkPath(path), folder.name), { recurse: true })) {
        yield batch.map((entry) => ({ ...entry, name: `${folder.name}/${entry.name}` }));
      }
    }
  }

  names(path: string): Promise<string[]> {
    return Promise.try(() => namesIn(this.#path(path)));
  }

  read(path: string, range?: ReadRange): Promise<Source> {
    return Promise.try(() => openSource(this.#path(path), range));
  }

  write(path: string, options?: WriteOptions): Promise<Sink> {
    return Promise.try(() => openSink(this.#path(path), options));
  }

  append(path: string): Promise<Appender> {
    return Promise.try(() => openAppender(this.#path(path)));
  }

  makeFolder(path: string, options: { mode?: number } = {}): Promise<void> {
    return Promise.try(() => createFolder(this.#path(path), options.mode ?? FOLDER_MODE));
  }

  link(path: string, target: string): Promise<void> {
    return Promise.try(() => makeLink(this.#path(path), target));
  }

  hardLink(path: string, existing: string): Promise<void> {
    return Promise.try(() => {
      try {
        Deno.linkSync(this.#path(existing), this.#path(path));
      } catch (error) {
        throw storageError("fileOpen", "create hard link", this.#path(path), error);
      }
    });
  }

  remove(path: string): Promise<void> {
    return Promise.try(() => removeFile(this.#path(path)));
  }

  removeTree(path: string): Promise<void> {
    return Promise.try(() => {
      try {
        Deno.removeSync(this.#path(path), { recursive: true });
      } catch (error) {
        if (!isMissing(error)) throw storageError("pathRemove", "remove folder", this.#path(path), error);
      }
    });
  }

  syncFolder(path: string): Promise<void> {
    return Promise.try(() => syncPath(this.#path(path)));
  }
}

/**
 * The entries of a folder in byte order; one that vanishes meanwhile is left out. A name that is not UTF-8 cannot be
 * reached and is an error (41); callers that may pass it over start from {@linkcode namesIn}.
 */
async function listFolder(path: string, options: { required?: boolean } = {}): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const name of await namesIn(path, options)) {
    const entry = readEntry(`${path}/${name}`, name);
    if (entry !== undefined) entries.push(entry);
    else if (name.includes("\ufffd")) throw unreadableName(path, name);
  }
  return entries;
}

/** The names in a folder in byte order; none when it is missing. For folders that are never large. */
export function listNames(path: string): string[] {
  try {
    return sorted(Array.from(Deno.readDirSync(path), (entry) => entry.name));
  } catch (error) {
    return noNames(path, error);
  }
}

/** A folder that takes so many bytes itself has some ten thousand entries. */
const LARGE_FOLDER = 512 * 1024;

/**
 * The names in a folder in byte order; none when it is missing, unless it is required (error 73). A large one is read in
 * pieces: at once it would take a kilobyte for every entry.
 */
export async function namesIn(path: string, options: { required?: boolean } = {}): Promise<string[]> {
  try {
    if (Deno.statSync(path).size < LARGE_FOLDER) return listNames(path);
    const names: string[] = [];
    for await (const { name } of Deno.readDir(path)) names.push(name);
    return sorted(names);
  } catch (error) {
    return noNames(path, error, options);
  }
}

/** Characters that strings order otherwise than their bytes are. */
const BEYOND = /[\ud800-\uffff]/;

function sorted(names: string[]): string[] {
  // Several times as fast as with a function of our own.
  return names.some((name) => BEYOND.test(name)) ? names.sort(compareNames) : names.sort();
}

function noNames(path: string, error: unknown, options: { required?: boolean } = {}): string[] {
  if (!isMissing(error)) throw storageError("pathOpen", "list folder", path, error);
  if (options.required === true) throw storageError("pathMissing", "list folder", path, error);
  return [];
}

/** The error for a name that this program cannot carry; `name` shows U+FFFD where its bytes are no UTF-8. */
export function unreadableName(folder: string, name: string): BackRestError {
  return new BackRestError("fileOpen", `unable to open '${folder}/${name}': the name is not valid UTF-8`, {
    file: `${folder}/${name}`,
    hint: `list the folder with its names escaped: ls -lb '${folder}'`,
  });
}

/** What is at a path, under the name given; undefined when nothing is. */
export function readEntry(path: string, name: string, options: { follow?: boolean } = {}): Entry | undefined {
  try {
    const info = options.follow === true ? Deno.statSync(path) : Deno.lstatSync(path);
    const entry: Entry = {
      name,
      kind: info.isFile ? "file" : info.isDirectory ? "folder" : info.isSymlink ? "link" : "special",
      size: info.isFile ? info.size : 0,
      time: Math.floor((info.mtime?.getTime() ?? 0) / 1000),
      mode: (info.mode ?? 0) & 0o7777,
      uid: info.uid ?? 0,
      gid: info.gid ?? 0,
    };
    if (info.isSymlink) entry.target = Deno.readLinkSync(path);
    return entry;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw storageError("fileInfo", "look at", path, error);
  }
}

function makeLink(path: string, target: string): void {
  const make = () => Deno.symlinkSync(target, path);
  try {
    make();
  } catch (error) {
    if (osCode(error) === "EEXIST") {
      if (readEntry(path, ".")?.target === target) return;
      throw new BackRestError("fileExists", `unable to create link '${path}': another file has its name`);
    }
    if (!isMissing(error)) throw storageError("fileOpen", "create link", path, error);
    createFolder(parentOf(path), FOLDER_MODE);
    make();
  }
  syncPath(parentOf(path));
}
