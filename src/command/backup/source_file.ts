import { BackRestError } from "../../error.ts";
import { controlFile } from "../../postgres/control.ts";
import type { Source, Storage } from "../../storage/storage.ts";
import type { Chunk } from "../../stream/chunk.ts";
import type { StageSpec } from "../../stream/stage.ts";
import { readControl } from "../cluster/connect.ts";
import type { CopyFile, CopySettings } from "./copy_job.ts";
import { CONTROL_NAME, sourcePath } from "./names.ts";

/** A file of the cluster. Disposing closes it. */
export interface OpenedFile extends Disposable {
  readonly source: Source;
  /** True where the bytes have gone through the stages already, on the host of the cluster. */
  readonly staged: boolean;
}

/** How a file is opened. */
export interface OpenRequest {
  settings: CopySettings;
  /** The data folder. */
  source: Storage;
  /** What is to be done where the bytes are, if that is another host. */
  stages: readonly StageSpec[];
  /** True when only the results of the stages are wanted. */
  discard?: boolean;
}

/** Opens a file as far as it is copied; undefined when it vanished. */
export async function openFile(file: CopyFile, request: OpenRequest): Promise<OpenedFile | undefined> {
  const { settings, source, stages, discard = false } = request;
  if (file.name === CONTROL_NAME) {
    const { bytes } = await readControl({ key: settings.pgKey, pgPath: settings.pgPath, storage: source });
    return opened(oneChunk(controlFile(bytes)), false);
  }
  const staged = source.can.stages;
  try {
    const range = { ...(file.limit ? { length: file.size } : {}), ...(staged ? { stages, discard } : {}) };
    return opened(await source.read(sourcePath(file.name), range), staged);
  } catch (error) {
    if (error instanceof BackRestError && error.kind === "fileMissing") return undefined;
    throw error;
  }
}

function opened(source: Source, staged: boolean): OpenedFile {
  return { source, staged, [Symbol.dispose]: () => source[Symbol.dispose]() };
}

/** Bytes that are at hand as a source. */
export function oneChunk(bytes: Chunk): Source {
  return withFirst([bytes], {
    next: () => undefined,
    reread: (offset, length) => bytes.subarray(offset, offset + length),
    [Symbol.dispose]: () => {},
  });
}

/** The longest thing a compressor makes of nothing is far shorter, in bytes. */
const NOTHING_MAX = 100;

/** The file, of which the beginning has been read already; undefined when it is empty. The caller still disposes it. */
export async function unlessEmpty({ source, staged, ...file }: OpenedFile): Promise<OpenedFile | undefined> {
  const read: Chunk[] = [];
  for (let size = 0; read.length === 0 || staged && size <= NOTHING_MAX;) {
    const chunk = await source.next();
    if (chunk === undefined) {
      if (staged ? source.taken?.() === 0 : read.length === 0) return undefined;
      break;
    }
    read.push(chunk);
    size += chunk.length;
  }
  return { ...file, source: withFirst(read, source), staged };
}

function withFirst(chunks: Chunk[], rest: Source): Source {
  const { taken, results } = rest;
  return {
    next: () => chunks.shift() ?? rest.next(),
    reread: (offset, length) => rest.reread(offset, length),
    ...(taken === undefined ? {} : { taken }),
    ...(results === undefined ? {} : { results }),
    [Symbol.dispose]: () => rest[Symbol.dispose](),
  };
}
