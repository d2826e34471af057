import { bundleName, storedName } from "../../repository/layout.ts";
import { Commits } from "../../storage/commits.ts";
import { type PlacedStages, writingPlaces } from "../../storage/elsewhere.ts";
import type { Sink, SinkPart, Storage } from "../../storage/storage.ts";
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
  /** Of the stages given, those that run at the place itself and not before: it is where the keys are. */
  take(stages: readonly StageSpec[]): PlacedStages;
  write(chunk: Chunk): void | Promise<void>;
  /** Ends the file; gives what the stages at the place learned. */
  commit(): Promise<StageResult[]>;
}

/** Each file becomes one of its own. */
export function ownFiles(storage: Storage, settings: CopySettings): CopyTarget {
  const commits = new Commits();
  return {
    place: ({ name, block }) => {
      const file = { name, ...(block === undefined ? {} : { block: { mapSize: 1 } }) };
      return new OwnFile(`${settings.folder}/${storedName(file, settings.compressType)}`, { storage, commits });
    },
    spoilt: () => false,
    commit: () => commits.end(),
    [Symbol.asyncDispose]: () => commits[Symbol.asyncDispose](),
  };
}

class OwnFile implements FilePlace {
  readonly #path: string;
  readonly #storage: Storage;
  readonly #commits: Commits;
  #stages: readonly StageSpec[] = [];
  #sink: Sink | undefined;

  constructor(path: string, { storage, commits }: { storage: Storage; commits: Commits }) {
    this.#path = path;
    this.#storage = storage;
    this.#commits = commits;
  }

  take(stages: readonly StageSpec[]): PlacedStages {
    const places = writingPlaces(stages);
    this.#stages = places.there;
    return places;
  }

  #open(): Promise<Sink> {
    return this.#storage.write(this.#path, { how: "inPlace", stages: this.#stages, sync: "aside" });
  }

  write(chunk: Chunk): void | Promise<void> {
    return this.#sink === undefined ? this.#begin(chunk) : this.#sink.write(chunk);
  }

  async #begin(chunk: Chunk): Promise<void> {
    this.#sink = await this.#open();
    await this.#sink.write(chunk);
  }

  async commit(): Promise<StageResult[]> {
    this.#sink ??= await this.#open();
    if (this.#stages.length > 0) return (await this.#sink.commit()).results ?? [];
    await this.#commits.add(this.#sink);
    this.#sink = undefined;
    return [];
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
  readonly #storage: Storage;
  readonly #path: string;
  #sink: Sink | undefined;
  #size = 0;
  #spoilt = false;

  constructor(storage: Storage, { folder, id }: { folder: string; id: number }) {
    this.#id = id;
    this.#storage = storage;
    this.#path = `${folder}/${bundleName(id)}`;
  }

  place(): FilePlace {
    let part: SinkPart | undefined;
    let stages: readonly StageSpec[] = [];
    const bundle = { id: this.#id, offset: this.#size };
    return {
      bundle,
      take: (wanted) => {
        const places = writingPlaces(wanted);
        stages = places.there;
        return places;
      },
      write: async (chunk) => {
        if (stages.length === 0) return await this.#write(chunk);
        part ??= await this.#begin(stages);
        await part.write(chunk);
      },
      commit: async () => {
        if (stages.length === 0) return [];
        part ??= await this.#begin(stages);
        const { offset, size, results } = await this.#guarded(() => part!.end());
        bundle.offset = offset;
        this.#size = offset + size;
        part = undefined;
        return results;
      },
      [Symbol.asyncDispose]: async () => {
        if (part !== undefined && !this.#spoilt) this.#size = await this.#guarded(() => part!.abandon());
      },
    };
  }

  /** Begins a part whose bytes another host makes; where it lies and how long it is, that host says at its end. */
  async #begin(stages: readonly StageSpec[]): Promise<SinkPart> {
    return await this.#guarded(async () => {
      this.#sink ??= await this.#open();
      return this.#sink.part!(stages);
    });
  }

  #open(): Promise<Sink> {
    return this.#storage.write(this.#path, { how: "inPlace" });
  }

  spoilt(): boolean {
    return this.#spoilt;
  }

  async #write(chunk: Chunk): Promise<void> {
    this.#size += chunk.length;
    await this.#guarded(async () => {
      this.#sink ??= await this.#open();
      await this.#sink.write(chunk);
    });
  }

  async #guarded<T>(step: () => T | Promise<T>): Promise<T> {
    try {
      return await step();
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
  { source, staged }: Pick<OpenedFile, "source" | "staged">,
  place: FilePlace,
  { atSource, atTarget }: SidedStages,
  options: TransferOptions,
): Promise<Delivered> {
  const { here } = place.take(atTarget);
  const { results, size } = await transfer(source, place, staged ? here : [...atSource, ...here], options);
  const reporting = staged ? 0 : atSource.filter(({ stage }) => REPORTING.includes(stage)).length;
  return {
    atSource: staged ? source.results!() : results.slice(0, reporting),
    atTarget: results.slice(reporting),
    size,
  };
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
