import { fail } from "../error.ts";
import type { Chunk } from "../stream/chunk.ts";
import { type Method, type Served, WithBytes } from "../wire/serve.ts";
import { Handles } from "./handles.ts";
import type { ReadAnswer } from "./remote.ts";
import { EMPTY, handleOf, hostStages, pathOf, type ServeRules } from "./serve_rules.ts";
import { stagedSource } from "./staged.ts";
import type { ReadRange, Source, Storage } from "./storage.ts";

/** No page is bigger, and nothing else is read again. */
const REREAD_MAX = 1024 * 1024;

interface Reading {
  source: Source;
  /** Bytes read so far, before the stages. */
  taken(): number;
  /** True when only the results of the stages cross. */
  discard: boolean;
}

/** The methods that read files. The answer to `read` brings the first piece along, so a small file takes one question. */
export function readingMethods(storage: Storage, rules: ServeRules): Served {
  const sources = new Handles<Reading>();
  const methods: Record<string, Method> = {
    read: async (params) => {
      rules.allow("read", pathOf(params));
      await sources.open(handleOf(params), () => openReading(storage, params as ReadRange & { path: string }, rules));
      return await sources.use(handleOf(params), (reading) => nextPiece(reading));
    },
    next: (params) => sources.use(handleOf(params), (reading) => nextPiece(reading)),
    reread: (params) => {
      const { handle, offset, length } = params as { handle: number; offset: number; length: number };
      if (!(length <= REREAD_MAX)) fail("protocol", `${length} bytes wanted at once, at most ${REREAD_MAX} are given`);
      return sources.use(handle, async ({ source }) => new WithBytes(null, await source.reread(offset, length)));
    },
    close: (params) => sources.end(handleOf(params), ({ source }) => source[Symbol.dispose]()),
  };
  return {
    methods,
    async [Symbol.asyncDispose]() {
      for (const { source } of await sources.values()) source[Symbol.dispose]();
    },
  };
}

async function openReading(
  storage: Storage,
  { path, stages = [], discard = false, offset, length }: ReadRange & { path: string },
  rules: ServeRules,
): Promise<Reading> {
  const source = await storage.read(path, {
    ...(offset === undefined ? {} : { offset }),
    ...(length === undefined ? {} : { length }),
  });
  const { counted, taken } = counting(source);
  const isRange = offset !== undefined || length !== undefined;
  try {
    const { specs, ...host } = await hostStages(rules, { action: "read", path, specs: stages, isRange });
    const isPlain = specs.length === 0 && host.first === undefined;
    return { source: isPlain ? counted : await stagedSource(counted, specs, host), taken, discard };
  } catch (error) {
    source[Symbol.dispose]();
    throw error;
  }
}

function counting(source: Source): { counted: Source; taken(): number } {
  let taken = 0;
  const count = (chunk: Chunk | undefined) => {
    taken += chunk?.length ?? 0;
    return chunk;
  };
  const counted: Source = {
    next() {
      const chunk = source.next();
      return chunk instanceof Promise ? chunk.then(count) : count(chunk);
    },
    reread: (offset, length) => source.reread(offset, length),
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
  return { counted, taken: () => taken };
}

/** A piece, or at the end what the stages learned. */
async function nextPiece({ source, taken, discard }: Reading): Promise<WithBytes> {
  for (;;) {
    const chunk = await source.next();
    const answer: ReadAnswer = { taken: taken() };
    if (chunk === undefined) return new WithBytes({ ...answer, results: source.results?.() ?? [] }, EMPTY);
    if (!discard) return new WithBytes(answer, chunk);
  }
}
