import { BackRestError, fail } from "../error.ts";
import type { MappedBlock } from "../stream/blocks/map.ts";
import { type Chunk, joinChunks } from "../stream/chunk.ts";
import { runOnce } from "../stream/pipeline.ts";
import type { StageServices, StageSpec } from "../stream/stage.ts";
import { type OpenedStored, openStored, readingPlaces } from "./elsewhere.ts";
import { PartReader, readAheadEnds, type StoredPart } from "./parts.ts";
import type { Source, Storage } from "./storage.ts";

/** A file that is stored as blocks. */
export interface StoredBlocks {
  /** Its blocks in their order. */
  blocks: readonly MappedBlock[];
  blockSize: number;
  /** Bytes of the plain file. */
  size: number;
  /** The file of the repository that has the super block of a block. */
  pathOf(block: MappedBlock): string;
  /** Stages that undo what was done to a super block. */
  stages: readonly StageSpec[];
  services: StageServices;
}

/** Blocks one behind the other: where in the file they begin, and their bytes. */
export interface BlockRun {
  offset: number;
  bytes: Chunk;
}

/** Plain bytes of super blocks that are kept for later blocks; beyond that some are read twice. */
const KEPT_BYTES = 256 * 1024 * 1024;

/** Files of the repository that are open at a time. */
const OPEN_FILES = 32;

/**
 * Reads the blocks of a file that are `wanted`, in the order of the file; of the repository only their super blocks are read,
 * and each once. Error 29 or 95 for what is damaged, 55 for what is missing.
 */
export async function* readBlocks(
  storage: Storage,
  stored: StoredBlocks,
  wanted: (index: number) => boolean = () => true,
): AsyncGenerator<BlockRun> {
  const { blocks, blockSize, size } = stored;
  using supers = new SuperBlocks(storage, stored, wanted);
  for (let index = 0; index < blocks.length;) {
    if (!wanted(index)) {
      index++;
      continue;
    }
    const first = blocks[index]!;
    let count = 1;
    while (wanted(index + count) && isNext(blocks[index + count], first, count)) count++;
    const bytes = await supers.bytes(first, index + count - 1);
    const offset = index * blockSize;
    const run = bytes.subarray(first.block * blockSize, (first.block + count) * blockSize);
    const expected = Math.min(offset + count * blockSize, size) - offset;
    if (run.length !== expected) {
      fail("format", `super block of ${bytes.length} bytes does not hold ${count} blocks from number ${first.block}`, {
        file: stored.pathOf(first),
      });
    }
    yield { offset, bytes: run };
    index += count;
  }
}

function isNext(block: MappedBlock | undefined, first: MappedBlock, count: number): boolean {
  return block !== undefined && isSameSuper(block, first) && block.block === first.block + count;
}

function isSameSuper(a: MappedBlock, b: MappedBlock): boolean {
  return a.reference === b.reference && a.bundle === b.bundle && a.offset === b.offset;
}

/** A super block that is wanted. */
interface SuperUse {
  part: StoredPart;
  /** Where reading may go on to, see readAheadEnds. */
  until: number;
  /** Last block of the file that is in it. */
  last: number;
  bytes?: Chunk;
}

/** Super blocks, read when the first of their blocks is wanted and kept until the last. */
class SuperBlocks implements Disposable {
  readonly #storage: Storage;
  readonly #stored: StoredBlocks;
  readonly #uses = new Map<string, SuperUse>();
  readonly #readers = new Map<string, PartReader>();
  #kept = 0;

  constructor(storage: Storage, stored: StoredBlocks, wanted: (index: number) => boolean) {
    this.#storage = storage;
    this.#stored = stored;
    const parts = new Map<string, SuperUse[]>();
    for (const [index, block] of stored.blocks.entries()) {
      if (!wanted(index)) continue;
      const key = keyOf(block);
      const known = this.#uses.get(key);
      if (known !== undefined) known.last = index;
      else this.#add(key, { part: this.#partOf(block), until: 0, last: index }, parts);
    }
    for (const uses of parts.values()) {
      const ends = readAheadEnds(uses.map(({ part }) => part));
      for (const [i, use] of uses.entries()) use.until = ends[i]!;
    }
  }

  #add(key: string, use: SuperUse, parts: Map<string, SuperUse[]>): void {
    this.#uses.set(key, use);
    const others = parts.get(use.part.path);
    if (others === undefined) parts.set(use.part.path, [use]);
    else others.push(use);
  }

  #partOf(block: MappedBlock): StoredPart {
    return { path: this.#stored.pathOf(block), offset: block.offset, length: block.size };
  }

  /** The plain bytes of the super block a block is in; `until` is the last block of the file they are wanted for now. */
  async bytes(block: MappedBlock, until: number): Promise<Chunk> {
    const use = this.#uses.get(keyOf(block))!;
    const bytes = use.bytes ?? await this.#read(use, block.plainSize);
    if (use.last <= until) this.#forget(use);
    else if (use.bytes === undefined) this.#keep(use, bytes);
    return bytes;
  }

  #keep(use: SuperUse, bytes: Chunk): void {
    use.bytes = bytes;
    this.#kept += bytes.length;
    for (const other of this.#uses.values()) {
      if (this.#kept <= KEPT_BYTES) return;
      if (other !== use) this.#forget(other);
    }
  }

  #forget(use: SuperUse): void {
    this.#kept -= use.bytes?.length ?? 0;
    delete use.bytes;
  }

  async #read({ part, until }: SuperUse, plainSize: number): Promise<Chunk> {
    const stored: Chunk[] = [];
    try {
      const { source, here } = await this.#open(part, until);
      using _open = here.length < this.#stored.stages.length ? source : undefined;
      for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) stored.push(chunk);
      const { bytes } = await runOnce(here, joinChunks(stored), { ...this.#stored.services, most: plainSize });
      const plain = joinChunks(bytes);
      if (plain.length === plainSize) return plain;
      fail("format", `super block of ${plain.length} bytes where its map says ${plainSize}`);
    } catch (error) {
      throw placed(error, part);
    }
  }

  /** What another host decrypts comes by itself, not with its neighbours. */
  async #open(part: StoredPart, until: number): Promise<OpenedStored> {
    const { stages } = this.#stored;
    if (readingPlaces(stages).there.length > 0) return await openStored(this.#storage, part, stages);
    return { source: await this.#reader(part.path).open(part, until), here: [...stages] };
  }

  #reader(path: string): PartReader {
    const known = this.#readers.get(path);
    if (known !== undefined) return known;
    for (const [other, reader] of this.#readers) {
      if (this.#readers.size < OPEN_FILES) break;
      reader[Symbol.dispose]();
      this.#readers.delete(other);
    }
    const reader = new PartReader(this.#storage);
    this.#readers.set(path, reader);
    return reader;
  }

  [Symbol.dispose](): void {
    for (const reader of this.#readers.values()) reader[Symbol.dispose]();
    this.#readers.clear();
  }
}

function keyOf({ reference, bundle, offset }: MappedBlock): string {
  return `${reference}/${bundle}/${offset}`;
}

/** Damage is reported with the place it was found in. */
function placed(error: unknown, { path, offset }: StoredPart): unknown {
  if (!(error instanceof BackRestError) || error.kind !== "format" && error.kind !== "crypto") return error;
  return new BackRestError(
    error.kind,
    `unable to read super block at offset ${offset} of '${path}': ${error.message}`,
    {
      file: path,
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    },
  );
}

/** The whole file as a source; it is read once, from beginning to end. Disposing ends it. */
export function blockSource(storage: Storage, stored: StoredBlocks): Source {
  const runs = readBlocks(storage, stored);
  return {
    next: async () => (await runs.next()).value?.bytes,
    reread: () => fail("assert", "a file of blocks cannot be read again"),
    [Symbol.dispose]: () => void runs.return(undefined),
  };
}
