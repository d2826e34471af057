import type { PageErrors } from "./page_errors.ts";

/** SHA-1 of nothing: the checksum of every empty file; it is not stored. */
export const EMPTY_SHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

/** Block sizes are stored as multiples of this many bytes. */
export const BLOCK_UNIT: number = 8192;

/** Bytes of a block's checksum where the manifest does not say otherwise. */
export const BLOCK_CHECKSUM_SIZE_DEFAULT: number = 6;

/** How a block-incremental file is stored. Sizes in bytes. */
export interface FileBlocks {
  /** Size of a block. */
  size: number;
  /** Size of a block's checksum in the map. */
  checksumSize: number;
  /** Size of the map as stored; 0 while the file is not stored as blocks yet. */
  mapSize: number;
}

/** What a manifest knows of a file. Sizes in bytes. */
export interface FileData {
  /** Size of the plain file as copied. */
  size: number;
  /** Modification time, epoch seconds. */
  time: number;
  /** Size when the manifest was built, where the file grew or shrank while it was copied. */
  originalSize?: number;
  /** Owner; false where the id had no name; absent: the default of the manifest. */
  user?: string | false;
  group?: string | false;
  /** Permission bits; absent: the default of the manifest. */
  mode?: number;
  /** SHA-1 of the plain file, 40 hex digits; absent before it was copied. */
  checksum?: string;
  /** SHA-1 of the bytes as stored; absent where nothing transforms them. */
  repoChecksum?: string;
  /** Size as stored; absent: the same as `size`. */
  repoSize?: number;
  /** Label of the backup that holds the data; absent: this one. */
  reference?: string;
  /** Bundle the data is in, and where in it. */
  bundle?: { id: number; offset: number };
  block?: FileBlocks;
  /** Whether page checksums were right; absent where nobody looked. */
  pageChecksum?: boolean;
  pageErrors?: PageErrors;
}

/** A file with its name: `pg_data/...` or `pg_tblspc/...`, without the extension it is stored with. */
export interface FileEntry extends FileData {
  name: string;
}

/** What becomes of a file while it is copied; a field that is undefined is cleared. */
export type FileChange = { [Field in keyof FileData]?: FileData[Field] | undefined };

/** Owner and mode of the entries that do not say otherwise. */
export interface OwnerDefaults {
  user: string | false;
  group: string | false;
  mode: number;
}
