import { bundleName, storedName } from "../../repository/layout.ts";
import type { Sink, Storage } from "../../storage/storage.ts";
import { transfer, type TransferOptions, type Transferred } from "../../storage/transfer.ts";
import type { Chunk } from "../../stream/chunk.ts";
import type { StageResult, StageSpec } from "../../stream/stage.ts";
import type { BundlePlace, CopySettings } from "./copy_job.ts";
import type { OpenedFile } from "./source_file.ts";

/** Where a worker puts the files of a job. Disposing removes what was not committed. */
export interface CopyTarget extends AsyncDisposable {
  /** Opens the place of the next file; the one before has ended. */
  place(file: { name: string; block?: unknown }): FilePlace;
  /** True when the target itself failed, so that nothing in it can be trusted. */
  spoilt(): boolean;
  /** Makes durable what is not yet. */
  commit(): Promise<void>;
}

/** The place of one file. Nothing exists there before the first byte, or the end. Disposing gives up what was written. */
export interface FilePlace extends AsyncDisposable {
  /** Present in a bundle. */
  readonly bundle?: BundlePlace;
  write(chunk: Chunk): void | Promise<void>;
  /** Ends the file. */
  commit(): Promise<void>;
}

/** Each file becomes one of its own, durable when it ends. */
export function ownFiles(storage: Storage, settings: CopySettings): CopyTarget {
  return {
    place: ({ name, block }) => {
      const file = { name, ...(block === undefined ? {} : { block: { mapSize: 1 } }) };
      return new OwnFile(storage, `${settings.folder}/${storedName(file, settings.compressType)}`);
    },
    spoilt: () => false,
    commit: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

class OwnFile implements FilePlace {
  readonly #open: () => Promise<Sink>;
  #sink: Sink | undefined;

  constructor(storage: Storage, path: string) {
    this.#open = () => storage.write(path, { how: "inPlace" });
  }

  write(chunk: Chunk): void | Promise<void> {
    return this.#sink === undefined ? this.#begin(chunk) : this.#sink.write(chunk);
  }

  async #begin(chunk: Chunk): Promise<void> {
    this.#sink = await this.#open();
    await this.#sink.write(chunk);
  }

  async commit(): Promise<void> {
    this.#sink ??= await this.#open();
    await this.#sink.commit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink?.abort();
  }
}

/**
 * One file that takes many, one behind the other. What a file that failed has left in it is passed over: the next begins
 * behind it. A bundle into which nothing was written does not come into being.
 */
export class Bundle implements CopyTarget {
  readonly #id: number;
  readonly #open: () => Promise<Sink>;
  #sink: Sink | undefined;
  #size = 0;
  #spoilt = false;

  constructor(storage: Storage, { folder, id }: { folder: string; id: number }) {
    this.#id = id;
    this.#open = () => storage.write(`${folder}/${bundleName(id)}`, { how: "inPlace" });
  }

  place(): FilePlace {
    return {
      bundle: { id: this.#id, offset: this.#size },
      write: (chunk) => this.#write(chunk),
      commit: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  spoilt(): boolean {
    return this.#spoilt;
  }

  async #write(chunk: Chunk): Promise<void> {
    this.#size += chunk.length;
    try {
      this.#sink ??= await this.#open();
      await this.#sink.write(chunk);
    } catch (error) {
      this.#spoilt = true;
      throw error;
    }
  }

  async commit(): Promise<void> {
    await this.#sink?.commit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink?.abort();
  }
}

/** The stages of a file by the host they belong to: plain bytes are looked at where they are, keys stay where they are. */
export interface SidedStages {
  /** Where the cluster is. */
  atSource: StageSpec[];
  /** Where the repository is. */
  atTarget: StageSpec[];
}

/** What the stages of both sides learned. */
export interface Delivered {
  atSource: StageResult[];
  atTarget: StageResult[];
  /** Bytes read. */
  size: number;
}

/** Moves the bytes of a file to their place; ending the place is the caller's. */
export async function deliver(
  opened: Pick<OpenedFile, "source" | "staged">,
  place: FilePlace,
  { atSource, atTarget }: SidedStages,
  options: TransferOptions,
): Promise<Delivered> {
  if (opened.staged) {
    const { results, size } = await transfer(opened.source, place, atTarget, options);
    return { atSource: opened.source.results!(), atTarget: results, size };
  }
  const { results, size } = await transfer(opened.source, place, [...atSource, ...atTarget], options);
  const reporting = atSource.filter(({ stage }) => REPORTING.includes(stage)).length;
  return { atSource: results.slice(0, reporting), atTarget: results.slice(reporting), size };
}

/** Stages that have a result. */
const REPORTING: readonly StageSpec["stage"][] = ["sha1", "count", "pageChecksum", "blocks"];

/** Moves the bytes of a file through stages that belong to its host, wherever that is. */
export async function stagedTransfer(
  { source, staged }: Pick<OpenedFile, "source" | "staged">,
  to: Pick<Sink, "write">,
  stages: readonly StageSpec[],
  options: TransferOptions,
): Promise<Transferred> {
  if (!staged) return await transfer(source, to, stages, options);
  const { size } = await transfer(source, to, [], options);
  return { results: source.results!(), size };
}
