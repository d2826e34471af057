import { fail } from "../error.ts";
import type { StoredBlocks } from "../storage/block_source.ts";
import type { StoredPart } from "../storage/parts.ts";
import { readBlockMap } from "../stream/blocks/map_read.ts";
import { type Chunk, joinChunks } from "../stream/chunk.ts";
import type { CompressType } from "../stream/stage.ts";
import { bundleName, storedName } from "./layout.ts";
import type { FileBlocks } from "./manifest/file_data.ts";
import { decryptStages, describePath, fetchStored, keyServices, type Repository } from "./repository.ts";

/**
 * The block map of a stored file, decrypted: what stands last in its bytes. `part` is all that is stored of the file in its
 * backup. Errors 55, 29, 95.
 */
export async function fetchBlockMap(
  repository: Repository,
  part: StoredPart,
  { mapSize, passphrase }: { mapSize: number; passphrase: string | undefined },
): Promise<Chunk> {
  const chunks: Chunk[] = [];
  const { path, offset, length } = part;
  if (mapSize > length) fail("format", `map of ${mapSize} bytes in a file stored in ${length}`, { file: path });
  await fetchStored(
    repository,
    { path, offset: offset + length - mapSize, length: mapSize, passphrase },
    decryptStages(passphrase, "set", true),
    { write: (chunk) => void chunks.push(chunk) },
  );
  return joinChunks(chunks);
}

/** A file that is stored as blocks: what its manifest says of it. Sizes in bytes. */
export interface BlockFile {
  /** Manifest name. */
  name: string;
  size: number;
  /** All that is stored of it in the backup that holds its map. */
  part: StoredPart;
  block: FileBlocks;
}

/** What is the same for all files of a backup. */
export interface BlockSet {
  /** Folders of the backups of the chain, in the order maps refer to them. */
  references: readonly string[];
  compressType: CompressType;
  passphrase: string | undefined;
  /** Throws when the run was cancelled. */
  check: () => void;
}

/** How a file is put together, from its map. Errors 55, 29, 95. */
export async function openBlocks(repository: Repository, file: BlockFile, set: BlockSet): Promise<StoredBlocks> {
  const { name, size, part, block: { mapSize, size: blockSize, checksumSize } } = file;
  const { references, compressType: type, passphrase, check } = set;
  const map = await fetchBlockMap(repository, part, { mapSize, passphrase });
  const from = describePath(repository, part.path);
  const blocks = readBlockMap(map, { blockSize, checksumSize });
  if (blocks.length !== Math.ceil(size / blockSize)) {
    fail("format", `map of ${blocks.length} blocks for file '${name}' of ${size} bytes`, { file: from });
  }
  if (blocks.some(({ reference }) => reference >= references.length)) {
    fail("format", `map of file '${name}' refers to a backup that is not in the manifest`, { file: from });
  }
  const own = storedName({ name, block: { mapSize } }, type);
  return {
    blocks,
    blockSize,
    size,
    pathOf: ({ reference, bundle }) => `${references[reference]}/${bundle === 0 ? own : bundleName(bundle)}`,
    stages: [...decryptStages(passphrase, "set", true), { stage: "decompress", type, raw: true }],
    services: { ...keyServices(passphrase), check },
  };
}
