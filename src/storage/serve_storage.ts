import { fail } from "../error.ts";
import type { Chunk } from "../stream/chunk.ts";
import type { StageServices, StageSpec } from "../stream/stage.ts";
import { type Method, WithBytes } from "../wire/serve.ts";
import { stagedSink, stagedSource } from "./staged.ts";
import type { Appender, Entry, ReadRange, Sink, Source, Storage, WriteOptions } from "./storage.ts";

/** What a served storage lets the other side do. */
export interface ServeRules {
  /** Turns key references into passphrases: only the host that owns the keys has them. */
  key?: StageServices["key"];
  /** Throws (error 105) for what the other side may not do with a path. */
  allow(action: "read" | "write" | "remove", path: string): void;
}

const EMPTY: Chunk = new Uint8Array(0);

/** Open things by number, each used by one request at a time, in the order the requests came. */
class Handles<T> {
  readonly #open = new Map<number, { value: T; last: Promise<unknown> }>();
  #next = 1;

  add(value: T): number {
    this.#open.set(this.#next, { value, last: Promise.resolve() });
    return this.#next++;
  }

  /** Queues a use behind those before it. */
  use<R>(handle: unknown, action: (value: T) => PromiseLike<R> | R): Promise<R> {
    const entry = this.#open.get(handle as number);
    if (entry === undefined) fail("protocol", `handle ${String(handle)} is not open`);
    const turn = entry.last.then(() => action(entry.value));
    entry.last = turn.catch(() => {});
    return turn;
  }

  remove(handle: unknown): void {
    this.#open.delete(handle as number);
  }

  /** All that is still open. */
  values(): T[] {
    return [...this.#open.values()].map(({ value }) => value);
  }
}

/** The methods of a storage, and what to do when the other side is gone. */
export interface ServedStorage extends AsyncDisposable {
  methods: Record<string, Method>;
}

/** Serves a storage under a name: what remoteStorage() of that name asks for. Disposing aborts what is half done. */
export function serveStorage(name: string, storage: Storage, rules: ServeRules): ServedStorage {
  const lists = new Handles<AsyncIterator<Entry[]>>();
  const sources = new Handles<{ source: Source; discard: boolean }>();
  const sinks = new Handles<Sink>();
  const appenders = new Handles<Appender>();
  const methods: Record<string, Method> = {
    ...pathMethods(storage, rules),
    list: (params) => {
      rules.allow("read", pathOf(params));
      return lists.add(storage.list(pathOf(params), params as object)[Symbol.asyncIterator]());
    },
    listed: async (params) => {
      const { handle } = params as { handle: number };
      const { done, value } = await lists.use(handle, (list) => list.next());
      if (done === true) lists.remove(handle);
      return done === true ? null : value;
    },
    read: async (params) => sources.add(await openSource(storage, params as ReadRequest, rules)),
    next: (params) => sources.use(handleOf(params), nextPiece),
    reread: (params) => {
      const { handle, offset, length } = params as { handle: number; offset: number; length: number };
      return sources.use(handle, async ({ source }) => new WithBytes(null, await source.reread(offset, length)));
    },
    close: async (params) => {
      await sources.use(handleOf(params), ({ source }) => source[Symbol.dispose]());
      sources.remove(handleOf(params));
    },
    ...sinkMethods(storage, rules, sinks),
    ...appendMethods(storage, rules, appenders),
  };
  return {
    methods: Object.fromEntries(Object.entries(methods).map(([method, serve]) => [`${name}.${method}`, serve])),
    async [Symbol.asyncDispose]() {
      for (const { source } of sources.values()) source[Symbol.dispose]();
      for (const sink of sinks.values()) await sink.abort();
      for (const appender of appenders.values()) await appender[Symbol.asyncDispose]();
    },
  };
}

interface ReadRequest extends ReadRange {
  path: string;
}

function pathOf(params: unknown): string {
  return (params as { path: string }).path;
}

function handleOf(params: unknown): number {
  return (params as { handle: number }).handle;
}

function services({ key }: ServeRules): StageServices {
  return key === undefined ? {} : { key };
}

async function openSource(
  storage: Storage,
  { path, stages = [], discard = false, ...range }: ReadRequest,
  rules: ServeRules,
): Promise<{ source: Source; discard: boolean }> {
  rules.allow("read", path);
  const source = await storage.read(path, range);
  return {
    source: stages.length === 0 ? source : await stagedSource(source, stages as StageSpec[], services(rules)),
    discard,
  };
}

/** A piece with result null, or at the end the results of the stages. */
async function nextPiece({ source, discard }: { source: Source; discard: boolean }): Promise<WithBytes> {
  for (;;) {
    const chunk = await source.next();
    if (chunk === undefined) return new WithBytes(source.results?.() ?? [], EMPTY);
    if (!discard) return new WithBytes(null, chunk);
  }
}

function sinkMethods(storage: Storage, rules: ServeRules, sinks: Handles<Sink>): Record<string, Method> {
  const end = (params: unknown, action: (sink: Sink) => Promise<unknown>) => {
    const handle = handleOf(params);
    return sinks.use(handle, async (sink) => {
      const result = await action(sink);
      sinks.remove(handle);
      return result;
    });
  };
  return {
    write: async (params) => {
      const { path, stages = [], ...options } = params as WriteOptions & { path: string };
      rules.allow("write", path);
      const sink = await storage.write(path, options);
      return sinks.add(stages.length === 0 ? sink : await stagedSink(sink, stages, services(rules)));
    },
    put: (params, bytes) => sinks.use(handleOf(params), (sink) => sink.write(bytes)),
    commit: (params) => end(params, (sink) => sink.commit()),
    abort: (params) => end(params, (sink) => sink.abort()),
  };
}

function appendMethods(storage: Storage, rules: ServeRules, appenders: Handles<Appender>): Record<string, Method> {
  return {
    append: async (params) => {
      rules.allow("write", pathOf(params));
      return appenders.add(await storage.append(pathOf(params)));
    },
    appendTo: (params, bytes) => appenders.use(handleOf(params), (appender) => appender.append(bytes)),
    syncAppended: (params) => appenders.use(handleOf(params), (appender) => appender.sync()),
    closeAppended: async (params) => {
      await appenders.use(handleOf(params), (appender) => appender[Symbol.asyncDispose]());
      appenders.remove(handleOf(params));
    },
  };
}

function pathMethods(storage: Storage, { allow }: ServeRules): Record<string, Method> {
  const writing = (action: (params: unknown) => Promise<void>): Method => (params) => {
    allow("write", pathOf(params));
    return action(params);
  };
  const removing = (action: (path: string) => Promise<void>): Method => (params) => {
    allow("remove", pathOf(params));
    return action(pathOf(params));
  };
  return {
    info: async (params) => {
      allow("read", pathOf(params));
      return await storage.info(pathOf(params), params as object) ?? null;
    },
    makeFolder: writing((params) => storage.makeFolder(pathOf(params), params as object)),
    link: writing((params) => storage.link(pathOf(params), (params as { target: string }).target)),
    hardLink: writing((params) => storage.hardLink(pathOf(params), (params as { existing: string }).existing)),
    remove: removing((path) => storage.remove(path)),
    removeTree: removing((path) => storage.removeTree(path)),
    syncFolder: writing((params) => storage.syncFolder(pathOf(params))),
  };
}
