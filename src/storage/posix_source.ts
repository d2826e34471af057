import { BackRestError } from "../error.ts";
import { isMissing, storageError } from "./os_error.ts";
import { type Chunk, CHUNK_SIZE, type ReadRange, type Source } from "./storage.ts";

/** Opens a file for reading with synchronous calls; error 55 when it is missing, 41 when it cannot be opened. */
export function openSource(path: string, range: ReadRange = {}): Source {
  const { file, size } = openForRead(path);
  let left = range.length ?? Infinity;
  const at = (offset: number): void => void file.seekSync(offset, Deno.SeekMode.Start);
  let position = range.offset ?? 0;
  let moved = position !== 0;
  return {
    next(): Chunk | undefined {
      if (left === 0) return undefined;
      if (moved) at(position);
      moved = false;
      // With one byte more than there are the end is seen at once; a small file should not pay for a big buffer.
      const rest = position <= size ? size - position + 1 : Infinity;
      const wanted = Math.min(CHUNK_SIZE, left, rest);
      const chunk = readFully(file, wanted, path);
      position += chunk.length;
      left = chunk.length < wanted ? 0 : left - chunk.length;
      return chunk.length === 0 ? undefined : chunk;
    },
    reread(offset: number, length: number): Chunk {
      at(offset);
      moved = true;
      return readFully(file, length, path);
    },
    [Symbol.dispose]: () => file.close(),
  };
}

function openForRead(path: string): { file: Deno.FsFile; size: number } {
  try {
    const file = Deno.openSync(path, { read: true });
    const { isDirectory, size } = file.statSync();
    if (!isDirectory) return { file, size };
    file.close();
    throw new BackRestError("fileOpen", `unable to open file '${path}' for read: it is a folder`);
  } catch (error) {
    throw storageError(isMissing(error) ? "fileMissing" : "fileOpen", "open file", path, error);
  }
}

/** Up to `length` bytes from the present position; less only at the end of the file. */
function readFully(file: Deno.FsFile, length: number, path: string): Chunk {
  return fill(new Uint8Array(length), file, path);
}

/** Reads into a buffer until it is full or the file ends; gives what of it was filled. */
function fill(buffer: Chunk, file: Deno.FsFile, path: string): Chunk {
  const { length } = buffer;
  let filled = 0;
  try {
    while (filled < length) {
      const count = file.readSync(filled === 0 ? buffer : buffer.subarray(filled));
      if (count === null) break;
      filled += count;
    }
  } catch (error) {
    throw storageError("fileRead", "read file", path, error);
  }
  return filled === length ? buffer : buffer.subarray(0, filled);
}

/** All bytes of a file in one buffer of its size, for files known to be small. Errors: 55 missing, 42. */
export function readWhole(path: string): Chunk {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw storageError(isMissing(error) ? "fileMissing" : "fileRead", "read file", path, error);
  }
}

/** All bytes of a file in the memory given, where they fit into it; else like {@linkcode readWhole}. */
export function readInto(room: Chunk, path: string): Chunk {
  const { file } = openForRead(path);
  using _open = file;
  const bytes = fill(room, file, path);
  const isAll = bytes.length < room.length || readFully(file, 1, path).length === 0;
  return isAll ? bytes : readWhole(path);
}
