import type { Chunk, Source, Storage } from "./storage.ts";

/** Where stored bytes lie: a range of a file. */
export interface StoredPart {
  path: string;
  offset: number;
  length: number;
}

/** Bytes nobody wants between two parts that are read over, because asking again would cost more. */
const GAP_MAX = 64 * 1024;

/** For each part, in their order, where reading may go on to: the end of the last of its neighbours behind it. */
export function readAheadEnds(parts: readonly StoredPart[]): number[] {
  const ends: number[] = [];
  for (let i = parts.length - 1; i >= 0; i--) {
    const [part, next] = [parts[i]!, parts[i + 1]];
    const end = part.offset + part.length;
    ends[i] = next !== undefined && isNeighbour(next, { path: part.path, offset: end }) ? ends[i + 1]! : end;
  }
  return ends;
}

function isNeighbour(part: StoredPart, behind: { path: string; offset: number }): boolean {
  return part.path === behind.path && part.offset >= behind.offset && part.offset - behind.offset <= GAP_MAX;
}

/** Reads parts of files one after the other; parts that lie behind one another in one file are read in one go. */
export class PartReader implements Disposable {
  readonly #storage: Storage;
  #source: Source | undefined;
  #path = "";
  /** Where in the file the bytes at hand begin, and where the range that was asked for ends. */
  #position = 0;
  #end = 0;
  #left: Chunk | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** The bytes of a part; `until` is where its neighbours end. It is good until the next call. Errors 55, 41. */
  async open(part: StoredPart, until: number): Promise<Source> {
    if (this.#source === undefined || !this.#isAhead(part)) await this.#begin(part, until);
    else await this.#skip(part.offset - this.#position);
    return this.#sourceOf(part);
  }

  #isAhead(part: StoredPart): boolean {
    return isNeighbour(part, { path: this.#path, offset: this.#position }) && part.offset + part.length <= this.#end;
  }

  async #begin({ path, offset }: StoredPart, until: number): Promise<void> {
    this[Symbol.dispose]();
    this.#source = await this.#storage.read(path, { offset, length: until - offset });
    this.#path = path;
    this.#position = offset;
    this.#end = until;
  }

  async #skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0;) {
      const chunk = await this.#take(left);
      if (chunk === undefined) return;
      left -= chunk.length;
    }
  }

  /** The next bytes, at most so many. */
  #take(most: number): Chunk | undefined | Promise<Chunk | undefined> {
    const at = (chunk: Chunk | undefined): Chunk | undefined => {
      if (chunk === undefined) return undefined;
      this.#left = chunk.length > most ? chunk.subarray(most) : undefined;
      this.#position += Math.min(chunk.length, most);
      return chunk.length > most ? chunk.subarray(0, most) : chunk;
    };
    if (this.#left !== undefined) return at(this.#left);
    const chunk = this.#source!.next();
    return chunk instanceof Promise ? chunk.then(at) : at(chunk);
  }

  #sourceOf({ offset, length }: StoredPart): Source {
    const source = this.#source!;
    return {
      next: () => this.#position >= offset + length ? undefined : this.#take(offset + length - this.#position),
      reread: (from, size) => source.reread(offset + from, size),
      [Symbol.dispose]: () => {},
    };
  }

  [Symbol.dispose](): void {
    this.#source?.[Symbol.dispose]();
    this.#source = undefined;
    this.#left = undefined;
  }
}
