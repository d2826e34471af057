import type { Chunk } from "./chunk.ts";

/** Compression of the repository; the names are values of option `compress-type`. */
export type CompressType = "none" | "gz" | "zst" | "lz4" | "bz2";

/** Names a passphrase without carrying it; only the host that owns the key turns it into bytes. */
export interface KeyRef {
  level: "repository" | "archive" | "backupInfo" | "set";
  /** Backup label, for level `set`. */
  label?: string;
  /** True when another host owns the passphrase, so that the stage has to run there. */
  elsewhere?: true;
}

/**
 * One step of a pipeline as plain data, so that it can cross a thread or a wire. `raw` are the shorter forms of files in
 * bundles and super blocks: gz without the gzip header (zlib), lz4 without content checksum, cipher without magic.
 */
export type StageSpec =
  | { stage: "sha1" }
  | { stage: "count" }
  /** Lets `bytes` bytes pass and drops the rest. */
  | { stage: "limit"; bytes: number }
  /** `segment` is the number after the last dot of the file name (else 0), `segmentPages` the pages of a full segment. */
  | { stage: "pageChecksum"; pageSize: number; segment: number; segmentPages: number; headerCheck: boolean }
  | { stage: "compress"; type: CompressType; level: number; raw?: boolean }
  | { stage: "decompress"; type: CompressType; raw?: boolean }
  | { stage: "encrypt"; key: KeyRef; raw?: boolean }
  /**
   * Stores changed blocks of `size` bytes only, in super blocks of at least `superSize` that are compressed and encrypted
   * one by one. `reference` is the place of this backup in its list, `prior` the decrypted map of the backup before in
   * base64. The passphrase is that of the set: the only one that is ever given to the host of a cluster.
   */
  | {
    stage: "blocks";
    size: number;
    checksumSize: number;
    superSize: number;
    reference: number;
    /** Bundle (0: a file of its own) and where in it the file begins. */
    place: { bundle: number; offset: number };
    prior?: string;
    type: CompressType;
    level: number;
    passphrase?: string;
  }
  | { stage: "decrypt"; key: KeyRef; raw?: boolean };

/** What a page checksum stage found; the block numbers are relation-wide and ascending. */
export interface PageReport {
  /** False when a page is bad or the file does not end at a page boundary. */
  valid: boolean;
  /** False when the file does not end at a page boundary; the rest behind the last whole page is not checked. */
  aligned: boolean;
  bad: number[];
}

/** What became of a file that is stored as blocks: `changed` is false when nothing of it is stored. Size in bytes. */
export interface BlockReport {
  changed: boolean;
  /** Size of the map as stored. */
  mapSize: number;
}

/** What a stage learned; known once the pipeline has been flushed. */
export type StageResult =
  | { stage: "sha1"; value: string }
  | { stage: "count"; value: number }
  | { stage: "pageChecksum"; value: PageReport }
  | { stage: "blocks"; value: BlockReport };

/** What stages need from the place where they run. */
export interface StageServices {
  /** Reads a range of the source again (pageChecksum); offsets count from the first byte of the pipeline's input. */
  reread?: (offset: number, length: number) => Chunk | Promise<Chunk>;
  /** The passphrase a reference names (encrypt, decrypt), as the bytes it is written in. */
  key?: (ref: KeyRef) => Chunk | Promise<Chunk>;
  /** Called before every step of at most 1 MiB; what it throws ends the pipeline. */
  check?: () => void;
}

/** Receives the output of a stage. A chunk is never touched by the giver after it was handed on. */
export type Emit = (chunk: Chunk) => void;

/**
 * A step at work. `push` gets every chunk in order (at most 1 MiB, never empty); `flush` is called once after the last
 * one and is where a decoder proves its end (error 29). `close` frees what the stage holds, also after an error; it may
 * be called more than once.
 *
 * A stage whose output can be far bigger than its input (a decoder) has `more`: `push` then only takes the chunk, and
 * `more` is called until it returns false, each call making a bounded piece of output. So nobody has to keep what a
 * kilobyte of compressed zeros becomes.
 */
export interface Stage {
  push(chunk: Chunk, emit: Emit): void | Promise<void>;
  more?(emit: Emit): boolean;
  flush(emit: Emit): void | Promise<void>;
  result?(): StageResult;
  close?(): void;
}
