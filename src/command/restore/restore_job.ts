import type { Job } from "../../process/job.ts";
import type { FileBlocks } from "../../repository/manifest/file_data.ts";
import type { StoredPart } from "../../storage/parts.ts";
import type { CompressType } from "../../stream/stage.ts";

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
  /** Absent for empty files. */
  stored?: StoredFile;
}

/** Where the stored bytes of a file are, and in which form. */
export interface StoredFile extends StoredPart {
  /** True for the shorter form of bundles. */
  raw: boolean;
  /** Present for a file that is stored as blocks; the map stands behind the blocks of its backup. Sizes in bytes. */
  block?: FileBlocks;
}

/** What is the same for all files of a restore. */
export interface RestoreSettings {
  repoKey: number;
  compressType: CompressType;
  /** Folders of the backups of the chain, in the order block maps refer to them. */
  references: string[];
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
