import { readWhole } from "../../storage/posix_source.ts";
import { CHUNK_SIZE, type Source, type Storage } from "../../storage/storage.ts";
import type { Chunk } from "../../stream/chunk.ts";
import type { StoredCheck } from "./stored_check.ts";

/** Largest file that is read in one call, in bytes. */
const SMALL = 1024 * 1024;

/** The file that was read last, kept open because the next range to check is mostly of the same bundle. */
export class OpenFile implements Disposable {
  readonly #storage: Storage;
  #path: string | undefined;
  #source: Source | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /**
   * A source of what a check is about; it is closed by the next call or with this object. Of a file that is longer than it
   * has to be it gives one byte more. Errors 55, 41.
   */
  async open({ path, range, stored }: Pick<StoredCheck, "path" | "range" | "stored">): Promise<Source> {
    if (path === this.#path && range !== undefined) return rangeOf(this.#source!, range);
    this[Symbol.dispose]();
    // What is read at a time is set aside as a whole, and most files are far smaller than that.
    const limit = range === undefined && stored !== undefined ? { length: stored.size + 1 } : {};
    this.#source = await this.#storage.read(path, limit);
    this.#path = path;
    return range === undefined ? this.#source : rangeOf(this.#source, range);
  }

  /**
   * All bytes of a small local file in one call: opening a file, asking for its size and reading it piece by piece costs
   * more than the rest of a check. Undefined for other files, and where the size is not the expected one.
   */
  async whole({ path, range, stored }: Pick<StoredCheck, "path" | "range" | "stored">): Promise<Chunk | undefined> {
    const { kind, root } = this.#storage;
    if (kind !== "posix" || range !== undefined || stored === undefined || stored.size > SMALL) return undefined;
    const entry = await this.#storage.info(path, { follow: true });
    return entry?.kind === "file" && entry.size === stored.size ? readWhole(`${root}/${path}`) : undefined;
  }

  [Symbol.dispose](): void {
    this.#source?.[Symbol.dispose]();
    this.#source = undefined;
    this.#path = undefined;
  }
}

function rangeOf(source: Source, { offset, length }: { offset: number; length: number }): Source {
  let at = 0;
  const take = (chunk: Chunk): Chunk | undefined => {
    at += chunk.length;
    return chunk.length === 0 ? undefined : chunk;
  };
  return {
    next() {
      if (at >= length) return undefined;
      const chunk = source.reread(offset + at, Math.min(CHUNK_SIZE, length - at));
      return chunk instanceof Promise ? chunk.then(take) : take(chunk);
    },
    reread: (from, size) => source.reread(offset + from, size),
    [Symbol.dispose]: () => {},
  };
}
