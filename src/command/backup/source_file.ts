import { BackRestError } from "../../error.ts";
import { controlFile } from "../../postgres/control.ts";
import type { Source, Storage } from "../../storage/storage.ts";
import type { Chunk } from "../../stream/chunk.ts";
import { readControl } from "../cluster/connect.ts";
import type { CopyFile, CopySettings } from "./copy_job.ts";
import { CONTROL_NAME, sourcePath } from "./names.ts";

/** The file of the cluster as a source, as far as it is copied; undefined when it vanished. The caller disposes it. */
export async function openFile(
  file: CopyFile,
  { settings, source }: { settings: CopySettings; source: Storage },
): Promise<Source | undefined> {
  if (file.name === CONTROL_NAME) {
    const { bytes } = await readControl({ key: 0, pgPath: settings.pgPath, storage: source });
    return oneChunk(controlFile(bytes));
  }
  try {
    return await source.read(sourcePath(file.name), file.limit ? { length: file.size } : {});
  } catch (error) {
    if (error instanceof BackRestError && error.kind === "fileMissing") return undefined;
    throw error;
  }
}

/** Bytes that are at hand as a source. */
export function oneChunk(bytes: Chunk): Source {
  return withFirst(bytes, {
    next: () => undefined,
    reread: (offset, length) => bytes.subarray(offset, offset + length),
    [Symbol.dispose]: () => {},
  });
}

/** The source, of which the first chunk has been read already; undefined when there is none. The caller still disposes it. */
export async function unlessEmpty(source: Source): Promise<Source | undefined> {
  const first = await source.next();
  return first === undefined ? undefined : withFirst(first, source);
}

function withFirst(chunk: Chunk, rest: Source): Source {
  let first: Chunk | undefined = chunk;
  return {
    next() {
      const taken = first;
      first = undefined;
      return taken ?? rest.next();
    },
    reread: (offset, length) => rest.reread(offset, length),
    [Symbol.dispose]: () => rest[Symbol.dispose](),
  };
}
