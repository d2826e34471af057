import { type Chunk, PIECE_SIZE } from "../stream/chunk.ts";
import type { StageResult, StageSpec } from "../stream/stage.ts";
import type { Answer, Caller } from "../wire/call.ts";
import { type Greeting, needStages } from "../wire/greeting.ts";
import { checkPath } from "./path.ts";
import { RemoteSink } from "./remote_sink.ts";
import type { Appender, Entry, ReadRange, Sink, Source, Storage, StorageAbility, WriteOptions } from "./storage.ts";
import { readAll } from "./transfer.ts";

/** Pieces of a file that are asked for before the first of them is used. */
const AHEAD = 4;

/** Which of the storages another process serves is meant, and how messages name it. */
export interface RemoteStorageOptions {
  name: string;
  /** Root as a person would name it. */
  root: string;
}

/** What comes with a piece of a file that is read. */
export interface ReadAnswer {
  /** Bytes read so far, before the stages. */
  taken: number;
  /** What the stages learned; present when this is the last piece, which may be empty. */
  results?: StageResult[];
}

/** The answer to a question for a listing. */
export interface ListAnswer<T> {
  /** The first portion, if there is any. */
  first?: T[];
  /** True when there are others, which are to be asked for; the listing is open then. */
  more: boolean;
}

/** A caller, with what the other side said it is able to do. */
export type Host = Caller & { readonly greeting?: Greeting };

/** A storage that another process serves, see serveStorage(). `connect` is called when the first byte is wanted. */
export function remoteStorage(connect: () => Promise<Host>, options: RemoteStorageOptions): Storage {
  return new RemoteStorage(connect, options);
}

/** Numbers of open things; several storages may use one connection. */
let handles = 0;

function nextHandle(): number {
  return ++handles;
}

/** The pieces of a file, more of which are asked for than are used; the last one brings the results. */
function piecesOf(first: Answer, ask: () => Promise<Answer>): Required<Pick<Source, "next" | "taken" | "results">> {
  const ahead = [Promise.resolve(first)];
  let results: StageResult[] | undefined;
  let taken = 0;
  return {
    next: async () => {
      const answer = await ahead.shift();
      if (answer === undefined) return undefined;
      const piece = answer.result as ReadAnswer;
      ({ taken, results } = piece);
      if (results !== undefined) ahead.length = 0;
      else {
        while (ahead.length < AHEAD) {
          const next = ask();
          next.catch(() => {});
          ahead.push(next);
        }
      }
      return results !== undefined && answer.bytes.length === 0 ? undefined : answer.bytes;
    },
    taken: () => taken,
    results: () => results ?? [],
  };
}

class RemoteStorage implements Storage {
  readonly kind = "remote";
  readonly can: StorageAbility = {
    folders: true,
    links: true,
    hardLinks: true,
    noReplace: true,
    append: true,
    stages: true,
  };
  readonly root: string;
  readonly #connect: () => Promise<Host>;
  readonly #name: string;

  constructor(connect: () => Promise<Host>, { name, root }: RemoteStorageOptions) {
    this.root = root;
    this.#connect = connect;
    this.#name = name;
  }

  async #call(method: string, params: unknown, bytes?: Chunk): Promise<Answer> {
    return await (await this.#connect()).call(`${this.#name}.${method}`, params, bytes);
  }

  /** The other side, once it is sure that it runs these stages as we do. */
  async #able(stages: readonly StageSpec[] = []): Promise<Host> {
    const host = await this.#connect();
    if (host.greeting !== undefined) needStages(host.greeting, stages.map(({ stage }) => stage));
    return host;
  }

  async #result<T>(method: string, params: unknown): Promise<T> {
    return (await this.#call(method, params)).result as T;
  }

  async info(path: string, options: { follow?: boolean } = {}): Promise<Entry | undefined> {
    return await this.#result<Entry | null>("info", { path, ...options }) ?? undefined;
  }

  list(path: string, options: { recurse?: boolean; required?: boolean } = {}): AsyncIterable<Entry[]> {
    return this.#portions("list", { path, ...options });
  }

  async names(path: string): Promise<string[]> {
    const names: string[] = [];
    for await (const portion of this.#portions<string>("names", { path })) names.push(...portion);
    return names;
  }

  /** A listing, portion by portion; leaving early closes it on the other side. */
  async *#portions<T>(method: string, params: object): AsyncGenerator<T[]> {
    const handle = nextHandle();
    const { first, more } = await this.#result<ListAnswer<T>>(method, { handle, ...params });
    if (!more) {
      if (first !== undefined) yield first;
      return;
    }
    try {
      for (let portion: T[] | null | undefined = first; portion; portion = await this.#result("listed", { handle })) {
        yield portion;
      }
    } finally {
      await this.#call("unlist", { handle }).catch(() => {});
    }
  }

  async #part(path: string, range: ReadRange): Promise<Chunk> {
    using source = await this.read(path, range);
    return (await readAll(source, [], { name: path })).bytes;
  }

  async read(path: string, range: ReadRange = {}): Promise<Source> {
    const handle = nextHandle();
    await this.#able(range.stages);
    const first = await this.#call("read", { handle, path: checkPath(path), ...range });
    const isWhole = (first.result as ReadAnswer).results !== undefined;
    const pieces = piecesOf(first, () => this.#call("next", { handle }));
    return {
      ...pieces,
      reread: async (offset, length) =>
        isWhole
          ? await this.#part(path, { offset, length })
          : (await this.#call("reread", { handle, offset, length })).bytes,
      // What came whole has been closed.
      [Symbol.dispose]: () => isWhole ? undefined : void this.#call("close", { handle }).catch(() => {}),
    };
  }

  async write(path: string, options: WriteOptions = {}): Promise<Sink> {
    const handle = nextHandle();
    const caller = await this.#able(options.stages);
    const call = (method: string, params: object, bytes?: Chunk) =>
      caller.call(`${this.#name}.${method}`, { handle, ...params }, bytes);
    const opened = call("write", { path: checkPath(path), ...options });
    // Nobody waits for the answer, but for the one that says somebody else was first.
    if (options.how === "noReplace") await opened;
    return new RemoteSink(opened, call);
  }

  async append(path: string, options: { stages?: readonly StageSpec[] } = {}): Promise<Appender> {
    const handle = nextHandle();
    await this.#able(options.stages);
    await this.#call("append", { handle, path: checkPath(path), ...options });
    return {
      append: async (chunk) => {
        for (let at = 0; at < chunk.length; at += PIECE_SIZE) {
          await this.#call("appendTo", { handle }, chunk.subarray(at, at + PIECE_SIZE));
        }
      },
      sync: async () => void await this.#call("syncAppended", { handle }),
      [Symbol.asyncDispose]: async () => void await this.#call("closeAppended", { handle }),
    };
  }

  async makeFolder(path: string, options: { mode?: number } = {}): Promise<void> {
    await this.#call("makeFolder", { path, ...options });
  }

  async link(path: string, target: string): Promise<void> {
    await this.#call("link", { path, target });
  }

  async hardLink(path: string, existing: string): Promise<void> {
    await this.#call("hardLink", { path, existing });
  }

  async remove(path: string): Promise<void> {
    await this.#call("remove", { path });
  }

  async removeTree(path: string): Promise<void> {
    await this.#call("removeTree", { path });
  }

  async syncFolder(path: string): Promise<void> {
    await this.#call("syncFolder", { path });
  }
}
