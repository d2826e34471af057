/** Compression of the repository; the names are values of option `compress-type`. */
export type CompressType = "none" | "gz" | "zst" | "lz4" | "bz2";

/** Names a passphrase without carrying it; only the host that owns the key turns it into bytes. */
export interface KeyRef {
  level: "repository" | "archive" | "backupInfo" | "set";
  /** Backup label, for level `set`. */
  label?: string;
}

/** One step of a pipeline as plain data, so that it can cross a thread or a wire. */
export type StageSpec =
  | { stage: "sha1" }
  | { stage: "count" }
  /** Lets `bytes` bytes pass and drops the rest. */
  | { stage: "limit"; bytes: number }
  | { stage: "pageChecksum"; pageSize: number; segment: number; segmentPages: number; headerCheck: boolean }
  | { stage: "compress"; type: CompressType; level: number; raw?: boolean }
  | { stage: "decompress"; type: CompressType; raw?: boolean }
  | { stage: "encrypt"; key: KeyRef; raw?: boolean }
  | { stage: "decrypt"; key: KeyRef; raw?: boolean };

/** What a page checksum stage found; the block numbers are relation-wide and ascending. */
export interface PageReport {
  /** False when a page is bad or the file does not end at a page boundary. */
  valid: boolean;
  /** False when the file does not end at a page boundary; then `bad` may be incomplete. */
  aligned: boolean;
  bad: number[];
}

/** What a stage learned; known once the pipeline has been flushed. */
export type StageResult =
  | { stage: "sha1"; value: string }
  | { stage: "count"; value: number }
  | { stage: "pageChecksum"; value: PageReport };

/** Receives the output of a stage. A chunk is never touched by the giver after it was handed on. */
export type Emit = (chunk: Uint8Array<ArrayBuffer>) => void;

/**
 * A step at work. `push` gets every chunk in order, `flush` is called once after the last one and is where a decoder
 * proves its end (error 29 when the input stops inside a frame). `close` frees what the stage holds, also after an error.
 */
export interface Stage {
  push(chunk: Uint8Array<ArrayBuffer>, emit: Emit): void | Promise<void>;
  flush(emit: Emit): void | Promise<void>;
  result?(): StageResult;
  close?(): void;
}
