import { fail } from "../error.ts";
import { type Chunk, CHUNK_SIZE, joinChunks } from "../stream/chunk.ts";
import { type Method, type Served, WithBytes } from "../wire/serve.ts";
import { Handles } from "./handles.ts";
import type { ReadAnswer } from "./remote.ts";
import { handleOf, hostStages, pathOf, type ServeRules } from "./serve_rules.ts";
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

/** The most bytes that are read for one answer where stages make little of them. */
const TAKEN_MAX = 16 * CHUNK_SIZE;

/**
 * The methods that read files. The answer to `read` brings the first piece along; of a small file that is all of it, with
 * the results: the file is closed then, and has taken one question.
 */
export function readingMethods(storage: Storage, rules: ServeRules): Served {
  const sources = new Handles<Reading>();
  const methods: Record<string, Method> = {
    read: async (params) => {
      rules.allow("read", pathOf(params));
      const handle = handleOf(params);
      await sources.openAlone(handle, () => openReading(storage, params as ReadRange & { path: string }, rules));
      let isOver = true;
      try {
        const first = await sources.use(handle, (reading) => nextPiece(reading));
        isOver = first.result.results !== undefined;
        return first;
      } finally {
        if (isOver) await sources.end(handle, ({ source }) => source[Symbol.dispose]());
      }
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

/** A piece; with the last one comes what the stages learned. */
async function nextPiece({ source, taken, discard }: Reading): Promise<WithBytes<ReadAnswer>> {
  const chunks: Chunk[] = [];
  const start = taken();
  for (let size = 0; size < CHUNK_SIZE && (discard || taken() - start < TAKEN_MAX);) {
    const chunk = await source.next();
    if (chunk === undefined) {
      return new WithBytes({ taken: taken(), results: source.results?.() ?? [] }, joinChunks(chunks));
    }
    if (discard) continue;
    chunks.push(chunk);
    size += chunk.length;
  }
  return new WithBytes({ taken: taken() }, joinChunks(chunks));
}
