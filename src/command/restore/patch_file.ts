import { readBlocks } from "../../storage/block_source.ts";
import { storageError } from "../../storage/os_error.ts";
import { type Chunk, CHUNK_SIZE } from "../../stream/chunk.ts";
import { type BlockRestoreFile, openStoredBlocks } from "./block_file.ts";
import type { WriteTools } from "./content.ts";
import { setAttributes } from "./existing_file.ts";

/**
 * Brings a file that is there up to the backup: blocks that are right stay, only the others are fetched. `known` are the
 * checksums of the blocks it has. False when the result is not what the manifest says: two blocks had the same checksum.
 */
export async function patchFile(file: BlockRestoreFile, known: Uint8Array, tools: WriteTools): Promise<boolean> {
  const stored = await openStoredBlocks(file, tools);
  const { checksumSize } = file.stored.block;
  const differs = (index: number) => {
    const block = stored.blocks[index];
    return block !== undefined && block.checksum.some((byte, i) => byte !== known[index * checksumSize + i]);
  };
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha1");
  {
    using patch = openPatch(file.path, (bytes) => {
      tools.services.checkCancelled();
      tools.services.progress(bytes.length);
      hash.update(bytes);
    });
    for await (const { offset, bytes } of readBlocks(tools.repository.storage, stored, differs)) {
      patch.keepUntil(offset);
      patch.write(bytes);
    }
    patch.keepUntil(file.size);
    patch.finish(file.size);
  }
  if (hash.digest("hex") !== file.checksum) return false;
  setAttributes(file);
  return true;
}

/** A file that is changed in place, from its beginning to its end. */
interface Patch extends Disposable {
  /** Leaves what is there up to a position; the bytes are told. */
  keepUntil(position: number): void;
  /** Writes over what is there; the bytes are told. */
  write(bytes: Chunk): void;
  /** Cuts it off and makes it durable. */
  finish(size: number): void;
}

function openPatch(path: string, tell: (bytes: Chunk) => void): Patch {
  const task = <T>(what: string, call: () => T): T => {
    try {
      return call();
    } catch (error) {
      throw storageError("fileWrite", what, path, error);
    }
  };
  const file = task("open", () => Deno.openSync(path, { read: true, write: true }));
  let position = 0;
  const keep = (length: number): number => {
    const buffer = new Uint8Array(length);
    const count = file.readSync(buffer);
    if (count === null) throw new Error("the file became shorter");
    tell(buffer.subarray(0, count));
    return count;
  };
  return {
    keepUntil: (end) =>
      task("read", () => {
        while (position < end) position += keep(Math.min(CHUNK_SIZE, end - position));
      }),
    write: (bytes) =>
      task("write", () => {
        for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
        position += bytes.length;
        tell(bytes);
      }),
    finish: (size) =>
      task("end", () => {
        file.truncateSync(size);
        file.syncSync();
      }),
    [Symbol.dispose]: () => file.close(),
  };
}
