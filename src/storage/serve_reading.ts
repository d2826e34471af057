import { fail } from "../error.ts";
import type { StageSpec } from "../stream/stage.ts";
import { type Method, type Served, WithBytes } from "../wire/serve.ts";
import { Handles } from "./handles.ts";
import { EMPTY, handleOf, pathOf, type ServeRules, stageServices } from "./serve_rules.ts";
import { stagedSource } from "./staged.ts";
import type { ReadRange, Source, Storage } from "./storage.ts";

/** No page is bigger, and nothing else is read again. */
const REREAD_MAX = 1024 * 1024;

interface Reading {
  source: Source;
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
  const specs = stages as StageSpec[];
  return { source: specs.length === 0 ? source : await stagedSource(source, specs, stageServices(rules)), discard };
}

/** A piece with result null, or at the end the results of the stages. */
async function nextPiece({ source, discard }: Reading): Promise<WithBytes> {
  for (;;) {
    const chunk = await source.next();
    if (chunk === undefined) return new WithBytes(source.results?.() ?? [], EMPTY);
    if (!discard) return new WithBytes(null, chunk);
  }
}
