/** A block of a file that is stored as blocks: where its bytes are. Sizes and offsets in bytes. */
export interface MappedBlock {
  /** Place of the backup that holds it in the list of references of the manifest. */
  reference: number;
  /** Bundle of that backup; 0: a file of its own. */
  bundle: number;
  /** Where its super block begins, and how long that is as stored. */
  offset: number;
  size: number;
  /** Size of the super block when it is decompressed. */
  plainSize: number;
  /** Number of the block within its super block. */
  block: number;
  /** Beginning of the block's XXH3-128. */
  checksum: Uint8Array;
}

/** Bytes of a whole XXH3-128. */
export const HASH_SIZE = 16;

/** What a map does not say itself: the manifest has it. */
export interface BlockShape {
  blockSize: number;
  checksumSize: number;
}

/** Flags in the head of a run; a run that goes on with a super block reads two of them otherwise. */
export const RUN = { last: 1, bundle: 2, offset: 4, goesOn: 2, gap: 4, only: 4 } as const;

/** Flags in the head of a super block: the last of its run, its plain size is written, the number of its blocks is. */
export const SUPER = { last: 1, plainSize: 2, total: 4 } as const;

/** What is known of a reference between two of its runs. */
export interface ReferenceState {
  bundle: number;
  offset: number;
  size: number;
  plainSize: number;
  /** Next block within the super block. */
  block: number;
}
