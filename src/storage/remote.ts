import { BackRestError } from "../error.ts";
import { type Chunk, PIECE_SIZE } from "../stream/chunk.ts";
import type { StageResult } from "../stream/stage.ts";
import type { Answer, Caller } from "../wire/call.ts";
import type {
  Appender,
  Committed,
  Entry,
  ReadRange,
  Sink,
  Source,
  Storage,
  StorageAbility,
  WriteOptions,
} from "./storage.ts";

/** Pieces of a file that are asked for before the first of them is used. */
const AHEAD = 4;

/** A storage that another process serves, see serveStorage(). `connect` is called when the first byte is wanted. */
export function remoteStorage(
  root: string,
  connect: () => Promise<Caller>,
  { name }: { name: string },
): Storage {
  return new RemoteStorage(root, connect, name);
}

class RemoteStorage implements Storage {
  readonly kind = "remote";
  readonly can: StorageAbility = { folders: true, links: true, hardLinks: true, noReplace: true, append: true };
  readonly root: string;
  readonly #connect: () => Promise<Caller>;
  /** Prefix of the methods: which of the served storages is meant. */
  readonly #name: string;

  constructor(root: string, connect: () => Promise<Caller>, name: string) {
    this.root = root;
    this.#connect = connect;
    this.#name = name;
  }

  async #call(method: string, params: unknown, bytes?: Chunk): Promise<Answer> {
    return await (await this.#connect()).call(`${this.#name}.${method}`, params, bytes);
  }

  async #result<T>(method: string, params: unknown): Promise<T> {
    return (await this.#call(method, params)).result as T;
  }

  async info(path: string, options: { follow?: boolean } = {}): Promise<Entry | undefined> {
    return await this.#result<Entry | null>("info", { path, ...options }) ?? undefined;
  }

  async *list(path: string, options: { recurse?: boolean; required?: boolean } = {}): AsyncIterable<Entry[]> {
    const handle = await this.#result<number>("list", { path, ...options });
    for (;;) {
      const batch = await this.#result<Entry[] | null>("listed", { handle });
      if (batch === null) return;
      yield batch;
    }
  }

  async read(path: string, range: ReadRange = {}): Promise<Source> {
    const handle = await this.#result<number>("read", { path, ...range });
    const ahead: Promise<Answer>[] = [];
    const ask = () => {
      const answer = this.#call("next", { handle });
      answer.catch(() => {});
      ahead.push(answer);
    };
    let results: StageResult[] | undefined;
    return {
      next: async () => {
        while (results === undefined && ahead.length < AHEAD) ask();
        const answer = ahead.shift();
        if (answer === undefined) return undefined;
        const { result, bytes } = await answer;
        if (result === null) return bytes;
        results ??= result as StageResult[];
        ahead.length = 0;
        return bytes.length === 0 ? undefined : bytes;
      },
      reread: async (offset, length) => (await this.#call("reread", { handle, offset, length })).bytes,
      results: () => results ?? [],
      [Symbol.dispose]: () => void this.#call("close", { handle }).catch(() => {}),
    };
  }

  async write(path: string, options: WriteOptions = {}): Promise<Sink> {
    const handle = await this.#result<number>("write", { path, ...options });
    return new RemoteSink(handle, (method, params, bytes) => this.#call(method, params, bytes));
  }

  async append(path: string): Promise<Appender> {
    const handle = await this.#result<number>("append", { path });
    return {
      append: async (chunk) => void await this.#call("appendTo", { handle }, chunk),
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

/** Bytes that may be on their way before the other side has taken them. */
const WINDOW = 4 * 1024 * 1024;

type SinkCall = (method: string, params: unknown, bytes?: Chunk) => Promise<Answer>;

class RemoteSink implements Sink {
  readonly #handle: number;
  readonly #call: SinkCall;
  /** Writes whose answers are still to come, with their sizes. */
  readonly #sent: { answer: Promise<Answer>; size: number }[] = [];
  #underWay = 0;
  #ended = false;

  constructor(handle: number, call: SinkCall) {
    this.#handle = handle;
    this.#call = call;
  }

  async write(chunk: Chunk): Promise<void> {
    for (let at = 0; at < chunk.length; at += PIECE_SIZE) await this.#put(chunk.subarray(at, at + PIECE_SIZE));
  }

  async #put(chunk: Chunk): Promise<void> {
    const answer = this.#call("put", { handle: this.#handle }, chunk);
    answer.catch(() => {});
    this.#sent.push({ answer, size: chunk.length });
    this.#underWay += chunk.length;
    while (this.#underWay > WINDOW) await this.#settle();
  }

  async #settle(): Promise<void> {
    const first = this.#sent.shift()!;
    this.#underWay -= first.size;
    await first.answer;
  }

  async commit(): Promise<Committed> {
    while (this.#sent.length > 0) await this.#settle();
    const { result } = await this.#call("commit", { handle: this.#handle });
    this.#ended = true;
    return result as Committed;
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    try {
      await this.#call("abort", { handle: this.#handle });
    } catch (error) {
      // Where the connection is gone the other side aborts by itself.
      if (!(error instanceof BackRestError) || error.kind !== "protocol") throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.abort();
  }
}
