import type { ErrorRecord } from "../../error.ts";
import type { Job } from "../../process/job.ts";
import type { BlockCut } from "../../repository/block_sizes.ts";
import type { FileBlocks } from "../../repository/manifest/file_data.ts";
import type { PageErrors } from "../../repository/manifest/page_errors.ts";
import type { StoredPart } from "../../storage/parts.ts";
import type { CompressType } from "../../stream/stage.ts";

/** A file to copy. Sizes in bytes. */
export interface CopyFile {
  /** Row in the manifest. */
  row: number;
  /** Manifest name. */
  name: string;
  /** Size when the file was listed. */
  size: number;
  /** Present where pages carry checksums. */
  pages?: { segment: number };
  /** True when growth after the listing is left to the WAL. */
  limit: boolean;
  /** SHA-1 of the same file in the prior backup, which has the same size: equal bytes need not be stored again. */
  priorChecksum?: string;
  /** What a run that broke off stored of this file. */
  kept?: KeptFile;
  /** Present where it is stored as blocks. */
  block?: CopyBlocks;
}

/** How a file is stored as blocks. Sizes in bytes. */
export interface CopyBlocks extends BlockCut {
  /** What the prior backup has of it: where all that is stored of it lies, the map behind the blocks, and its SHA-1. */
  prior?: StoredPart & { mapSize: number; checksum: string };
}

/** A file of this backup that is stored already, as far as somebody noted. */
export interface KeptFile {
  size: number;
  checksum: string;
  repoSize: number;
  repoChecksum?: string;
  bundle?: BundlePlace;
  block?: FileBlocks;
  pageChecksum?: boolean;
  pageErrors?: PageErrors;
}

/** Where in a bundle the stored bytes of a file begin. */
export interface BundlePlace {
  id: number;
  offset: number;
}

/** What is the same for all files of a backup. */
export interface CopySettings {
  repoKey: number;
  pgKey: number;
  pgPath: string;
  /** The standby that some jobs copy from. */
  standby?: { pgKey: number; pgPath: string };
  pageSize: number;
  /** Pages in a full segment of a relation. */
  segmentPages: number;
  headerCheck: boolean;
  /** Folder of the backup in the repository. */
  folder: string;
  compressType: CompressType;
  compressLevel: number;
  /** True where files that turn out to be empty are not stored at all. */
  bundling: boolean;
  /** True where bundles hold the shorter forms of compression and encryption. */
  raw: boolean;
  /** Place of this backup in its list of references, and least size of a super block. */
  reference: number;
  superSize: number;
  /** Passphrase of the files of this set, or what stands for it where another host owns it. */
  passphrase?: string;
  /** The passphrase itself for files in blocks, which are encrypted block by block where they are cut. */
  blockPassphrase?: string;
  /** True when files are compared by their bytes: unchanged ones are then found before anything is stored. */
  delta: boolean;
}

/** Some files of a cluster that go into a backup of one repository. */
export interface CopyPart {
  settings: CopySettings;
  files: CopyFile[];
  /** Number of the bundle they go into, one behind the other; absent: each into a file of its own. */
  bundle?: number;
}

/** Copies some files of a cluster into the backups of one or several repositories, each of which takes what it lacks. */
export interface CopyJob extends Job {
  kind: "backup-copy";
  parts: CopyPart[];
  /** Rows of all files of the parts, in the order they are copied in. */
  rows: number[];
  /** True when they are copied from the standby. */
  fromStandby?: true;
}

/** What came of a part: all of its files, or why there is nothing to be had of them. */
export type PartOutcome = { copied: CopiedFile[] } | { error: ErrorRecord };

/** The settings with the cluster that the files of a job are copied from. */
export function placeOf(settings: CopySettings, { fromStandby }: Pick<CopyJob, "fromStandby">): CopySettings {
  return fromStandby ? { ...settings, ...settings.standby } : settings;
}

/** What became of a file: `same` is as in the prior backup, `kept` as a run that broke off left it. */
export type CopyState = "copied" | "same" | "kept" | "missing";

/** What came of one file. */
export interface CopiedFile {
  row: number;
  state: CopyState;
  /** Bytes of the plain file. */
  size: number;
  checksum: string;
  /** As stored, where compression or encryption changed it. */
  repoSize?: number;
  repoChecksum?: string;
  /** Where it is stored; absent for a file of its own. */
  bundle?: BundlePlace;
  /** Present when it is stored as blocks. */
  block?: FileBlocks;
  /** Present where pages were looked at. */
  pageChecksum?: boolean;
  pageErrors?: PageErrors;
  /** True when the file did not end at a page boundary. */
  misaligned?: true;
  /** True when a stored file of the run that broke off had to be replaced. */
  replaced?: true;
}
