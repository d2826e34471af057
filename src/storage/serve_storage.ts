import type { Method, Served } from "../wire/serve.ts";
import { Handles } from "./handles.ts";
import { readingMethods } from "./serve_reading.ts";
import type { ListAnswer } from "./remote.ts";
import { handleOf, pathOf, type ServeRules, type StorageAction } from "./serve_rules.ts";
import { writingMethods } from "./serve_writing.ts";
import type { Storage } from "./storage.ts";

/** Serves a storage under a name: what remoteStorage() of that name asks for. Disposing aborts what is half done. */
export function serveStorage(name: string, storage: Storage, rules: ServeRules): Served {
  const reading = readingMethods(storage, rules);
  const writing = writingMethods(storage, rules);
  const methods: Record<string, Method> = {
    ...pathMethods(storage, rules),
    ...listMethods(storage, rules),
    ...reading.methods,
    ...writing.methods,
  };
  return {
    methods: Object.fromEntries(Object.entries(methods).map(([method, serve]) => [`${name}.${method}`, serve])),
    async [Symbol.asyncDispose]() {
      await reading[Symbol.asyncDispose]();
      await writing[Symbol.asyncDispose]();
    },
  };
}

/** Entries or names that cross at a time. */
const LISTED_AT_A_TIME = 5000;

/** A listing crosses in portions, the first with the answer itself: a small one takes one question. `null` is the end. */
function listMethods(storage: Storage, rules: ServeRules): Record<string, Method> {
  const lists = new Handles<AsyncIterator<unknown[]>>();
  const open = async (
    params: unknown,
    batches: AsyncIterable<unknown[]> | Iterable<unknown[]>,
  ): Promise<ListAnswer<unknown>> => {
    const left = portions(batches);
    const [first, next] = [await left.next(), await left.next()];
    if (first.done === true) return { more: false };
    if (next.done === true) return { first: first.value, more: false };
    await lists.open(handleOf(params), () => Promise.resolve(beginningWith(next.value, left)));
    return { first: first.value, more: true };
  };
  return {
    list: async (params) => {
      rules.allow("look", pathOf(params));
      return await open(params, storage.list(pathOf(params), params as object));
    },
    listed: async (params) => {
      const { done, value } = await lists.use(handleOf(params), (list) => list.next());
      return done === true ? null : value;
    },
    names: async (params) => {
      rules.allow("look", pathOf(params));
      return await open(params, [await storage.names(pathOf(params))]);
    },
    unlist: (params) => lists.end(handleOf(params), async (list) => void await list.return?.()),
  };
}

async function* beginningWith<T>(first: T, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

/** Batches of bounded size: a folder with a million files would not fit into a frame. */
async function* portions<T>(batches: AsyncIterable<T[]> | Iterable<T[]>): AsyncGenerator<T[]> {
  for await (const batch of batches) {
    for (let at = 0; at < batch.length; at += LISTED_AT_A_TIME) yield batch.slice(at, at + LISTED_AT_A_TIME);
  }
}

function pathMethods(storage: Storage, { allow }: ServeRules): Record<string, Method> {
  const doing = (action: StorageAction, act: (path: string, params: unknown) => Promise<void>): Method => (params) => {
    allow(action, pathOf(params));
    return act(pathOf(params), params);
  };
  return {
    info: async (params) => {
      allow("look", pathOf(params));
      return await storage.info(pathOf(params), params as object) ?? null;
    },
    makeFolder: doing("write", (path, params) => storage.makeFolder(path, params as object)),
    link: doing("replace", (path, params) => storage.link(path, (params as { target: string }).target)),
    hardLink: doing("replace", (path, params) => {
      const { existing } = params as { existing: string };
      allow("read", existing);
      return storage.hardLink(path, existing);
    }),
    remove: doing("remove", (path) => storage.remove(path)),
    removeTree: doing("remove", (path) => storage.removeTree(path)),
    syncFolder: doing("write", (path) => storage.syncFolder(path)),
  };
}
