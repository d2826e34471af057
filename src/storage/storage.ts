import { type Chunk, CHUNK_SIZE } from "../stream/chunk.ts";
import type { StageResult, StageSpec } from "../stream/stage.ts";

export { type Chunk, CHUNK_SIZE };

/** What a directory entry is; `special` is a socket, fifo or device. */
export type EntryKind = "file" | "folder" | "link" | "special";

/** An entry of a storage. `name` is relative to the path that was asked for; `.` is that path itself. */
export interface Entry {
  name: string;
  kind: EntryKind;
  /** Bytes; 0 for anything but a file. */
  size: number;
  /** Modification time in epoch seconds, cut to whole seconds. */
  time: number;
  /** Permission bits, 0o7777 at the most. */
  mode: number;
  uid: number;
  gid: number;
  /** Where a link points, as written in it. */
  target?: string;
}

/** A range of a file in bytes; without `length` it ends where the file ends. */
export interface ReadRange {
  offset?: number;
  length?: number;
  /** Stages that run on the host of a remote storage, before the bytes cross; others have none. */
  stages?: readonly StageSpec[];
  /** True when only the results of the stages are wanted, and no bytes. */
  discard?: boolean;
}

/** Bytes being read. Disposing closes it; reading on after that is an error. */
export interface Source extends Disposable {
  /** The next piece (at most {@linkcode CHUNK_SIZE} bytes, a buffer of its own), or undefined at the end. */
  next(): Chunk | undefined | Promise<Chunk | undefined>;
  /** Reads a range again, independently of `next`; shorter at the end of the file. */
  reread(offset: number, length: number): Chunk | Promise<Chunk>;
  /** Bytes read so far from a remote file, before its stages. */
  taken?(): number;
  /** What the stages of a remote storage learned; known at the end. */
  results?(): StageResult[];
}

/** Bytes being written. Nothing is visible under its name before `commit`; disposing without a commit aborts. */
export interface Sink extends AsyncDisposable {
  write(chunk: Chunk): void | Promise<void>;
  /** Makes the bytes durable and visible. */
  commit(): Promise<Committed>;
  /** Removes what was written, as far as it is not visible yet. */
  abort(): Promise<void>;
  /** Begins a part of a remote file whose bytes go through stages there; the part before has ended. */
  part?(stages: readonly StageSpec[]): SinkPart;
}

/** A part of a file that is being written, with stages of its own. */
export interface SinkPart {
  write(chunk: Chunk): Promise<void>;
  /** Ends it; tells where in the file it lies, how long it has become, and what its stages learned. */
  end(): Promise<{ offset: number; size: number; results: StageResult[] }>;
  /** Gives it up; what it has left in the file is passed over. Gives the size of the file so far. */
  abandon(): Promise<number>;
}

/** A file as it was written. */
export interface Committed {
  /** Bytes. */
  size: number;
  /** Modification time in epoch seconds. */
  time: number;
  /** What the stages of a remote storage learned. */
  results?: StageResult[];
}

/** A file that grows at its end. Disposing closes it. */
export interface Appender extends AsyncDisposable {
  append(chunk: Chunk): Promise<void>;
  /** Makes all that was appended durable. */
  sync(): Promise<void>;
}

/** How a file comes into being. */
export interface WriteOptions {
  /** Permission bits, default 0o640. */
  mode?: number;
  /** Modification time in epoch seconds; default: when it is written. */
  time?: number;
  /** Owner; needs root. */
  owner?: { uid?: number; gid?: number };
  /**
   * `atomic` (default): temporary name, fsync, rename, fsync of the folder. `inPlace`: written under its own name and
   * fsynced, for folders that are not visible yet. `noReplace`: like atomic, but an existing file is an error (93).
   */
  how?: "atomic" | "inPlace" | "noReplace";
  /** Distinguishes temporary names of writers that may run at the same time. */
  tag?: string;
  /** Stages that run on the host of a remote storage, before the bytes are stored; others have none. */
  stages?: readonly StageSpec[];
  /**
   * False leaves out every fsync (WAL delivered to PostgreSQL, which syncs it itself). `aside`: a local file is synced by
   * another thread, for writers of many files who go on meanwhile.
   */
  sync?: boolean | "aside";
}

/** What a storage is able to do. */
export interface StorageAbility {
  folders: boolean;
  links: boolean;
  hardLinks: boolean;
  noReplace: boolean;
  append: boolean;
  /** Whether stages run where the bytes are. */
  stages: boolean;
}

/**
 * Where bytes live. Paths are relative to the root of the storage, `/`-separated, and refused (error 96) when they would
 * leave it. A missing parent folder is created by `write`. Errors carry pgBackRest's codes: 55 missing, 41 open, 42 read,
 * 64 write, 52 sync, 47 folder, 53 list, 60 remove.
 */
export interface Storage {
  readonly kind: string;
  readonly can: StorageAbility;
  /** Root as a person would name it, for messages. */
  readonly root: string;
  /** The entry at `path`, or undefined where there is none; links are not followed unless asked. */
  info(path: string, options?: { follow?: boolean }): Promise<Entry | undefined>;
  /**
   * Entries of a folder in byte order of their names, a folder a batch; with `recurse` the folders below follow, with
   * their relative names. A missing folder is empty unless `required` (error 73).
   */
  list(path: string, options?: { recurse?: boolean; required?: boolean }): AsyncIterable<Entry[]>;
  /** Names in a folder in byte order; nothing is looked at, so that a hundred thousand files cost little. Missing: none. */
  names(path: string): Promise<string[]>;
  /** Opens a file; the caller disposes the source. Missing: error 55. */
  read(path: string, range?: ReadRange): Promise<Source>;
  /** Opens a file for writing; the caller commits or disposes the sink. */
  write(path: string, options?: WriteOptions): Promise<Sink>;
  /**
   * Opens a file at its end, making it where it is missing; the caller disposes the appender. Stages run on the host of a
   * remote storage, before the bytes are stored; others have none.
   */
  append(path: string, options?: { stages?: readonly StageSpec[] }): Promise<Appender>;
  /** Creates a folder and its missing parents, each made durable in its parent. */
  makeFolder(path: string, options?: { mode?: number }): Promise<void>;
  /** Creates a symbolic link; an existing one with the same target is left alone, another is an error (93). */
  link(path: string, target: string): Promise<void>;
  /** Creates a hard link to an existing file. */
  hardLink(path: string, existing: string): Promise<void>;
  /** Removes a file or link; a missing one is fine. */
  remove(path: string): Promise<void>;
  /** Removes a folder with everything in it; links are removed, never followed; a missing one is fine. */
  removeTree(path: string): Promise<void>;
  /** Makes the entries of a folder durable. */
  syncFolder(path: string): Promise<void>;
}
