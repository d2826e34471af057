import { asError, type BackRestError, fail } from "../error.ts";
import type { Chunk } from "../stream/chunk.ts";
import type { StageResult, StageSpec } from "../stream/stage.ts";
import type { Method, Served } from "../wire/serve.ts";
import { Handles } from "./handles.ts";
import { handleOf, hostStages, pathOf, type ServeRules } from "./serve_rules.ts";
import { stagedSink, type StagedWriter, stagedWriter } from "./staged.ts";
import type { Appender, Sink, Storage, WriteOptions } from "./storage.ts";

/** A sink whose other side does not wait for answers: after a failure nothing that is still to come is done. */
interface Writing {
  sink: Sink;
  /** Name of the file, for the rules of its parts. */
  path: string;
  /** Bytes stored so far, as far as they are counted: those of parts and those between them. */
  size: number;
  part?: { writer: StagedWriter; offset: number };
  failure?: BackRestError;
}

/** The methods that write files. Nobody has to wait for an answer before `commit`. */
export function writingMethods(storage: Storage, rules: ServeRules): Served {
  const sinks = new Handles<Writing>();
  const appenders = new Handles<Appender>();
  return {
    methods: { ...sinkMethods(storage, rules, sinks), ...appendMethods(storage, rules, appenders) },
    async [Symbol.asyncDispose]() {
      for (const { sink } of await sinks.values()) await sink.abort();
      for (const appender of await appenders.values()) await appender[Symbol.asyncDispose]();
    },
  };
}

function sinkMethods(storage: Storage, rules: ServeRules, sinks: Handles<Writing>): Record<string, Method> {
  return {
    write: (params) => {
      const path = pathOf(params);
      const how = rules.how?.(path) ?? (params as WriteOptions).how;
      rules.allow(how === "noReplace" ? "write" : "replace", path);
      const options = { ...params as WriteOptions, path, ...(how !== undefined && { how }) };
      return sinks.open(handleOf(params), () => openWriting(storage, options, rules)).then(() => null);
    },
    put: (params, bytes) => sinks.use(handleOf(params), (writing) => unlessFailed(writing, () => put(writing, bytes))),
    part: (params) => {
      const { stages } = params as { stages: StageSpec[] };
      return sinks.use(handleOf(params), (each) => unlessFailed(each, () => beginPart(each, stages, rules)));
    },
    dropPart: (params) => sinks.use(handleOf(params), (writing) => unlessFailed(writing, () => dropPart(writing))),
    endPart: (params) => sinks.use(handleOf(params), (writing) => unlessFailed(writing, () => endPart(writing))),
    commit: (params) => sinks.end(handleOf(params), (writing) => unlessFailed(writing, () => writing.sink.commit())),
    abort: (params) => sinks.end(handleOf(params), ({ sink }) => sink.abort()),
  };
}

async function openWriting(
  storage: Storage,
  { path, stages = [], mode, time, how, tag, sync }: WriteOptions & { path: string },
  rules: ServeRules,
): Promise<Writing> {
  // It becomes part of a name; what could lead out of the folder is none of ours.
  if (tag !== undefined && !/^[A-Za-z0-9-]+$/.test(tag)) fail("access", `'${tag}' cannot be part of a file name`);
  const sink = await storage.write(path, {
    ...(mode === undefined ? {} : { mode: mode & 0o777 }),
    ...(time === undefined ? {} : { time }),
    ...(how === undefined ? {} : { how }),
    ...(tag === undefined ? {} : { tag }),
    ...(sync === undefined ? {} : { sync }),
  });
  try {
    const { specs, ...host } = await hostStages(rules, { action: "write", path, specs: stages, isRange: false });
    const isPlain = specs.length === 0 && host.first === undefined;
    return { path, size: 0, sink: isPlain ? sink : await stagedSink(sink, specs, host) };
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

function put(writing: Writing, bytes: Chunk): void | Promise<void> {
  if (writing.part !== undefined) return writing.part.writer.write(bytes);
  writing.size += bytes.length;
  return writing.sink.write(bytes);
}

/** Gives up the part that was begun: what it left stays in the file as what nobody asks for. */
function dropPart(writing: Writing): number {
  writing.part?.writer[Symbol.dispose]();
  delete writing.part;
  return writing.size;
}

async function beginPart(writing: Writing, stages: StageSpec[], rules: ServeRules): Promise<void> {
  const { path } = writing;
  const { specs, ...host } = await hostStages(rules, { action: "write", path, specs: stages, isRange: true });
  dropPart(writing);
  const write = (chunk: Chunk) => {
    writing.size += chunk.length;
    return writing.sink.write(chunk);
  };
  writing.part = { writer: await stagedWriter(write, specs, host), offset: writing.size };
}

async function endPart(writing: Writing): Promise<{ offset: number; size: number; results: StageResult[] }> {
  const { writer, offset } = writing.part ?? fail("protocol", "no part was begun");
  const results = await writer.end();
  writer[Symbol.dispose]();
  delete writing.part;
  return { offset, size: writing.size - offset, results };
}

/** Does a step of a file; the first failure ends the file and is the answer to all that follows. */
async function unlessFailed<R>(writing: Writing, step: () => R | Promise<R>): Promise<R> {
  if (writing.failure !== undefined) throw writing.failure;
  try {
    return await step();
  } catch (error) {
    writing.failure = asError(error);
    await writing.sink.abort();
    throw error;
  }
}

interface Appending {
  path: string;
  stages?: StageSpec[];
}

async function openAppending(storage: Storage, { path, stages = [] }: Appending, rules: ServeRules): Promise<Appender> {
  const { specs, ...host } = await hostStages(rules, { action: "write", path, specs: stages, isRange: false });
  const appender = await storage.append(path);
  if (specs.length === 0 && host.first === undefined) return appender;
  const writer = await stagedWriter((chunk) => appender.append(chunk), specs, host);
  return {
    append: (chunk) => writer.write(chunk),
    sync: () => appender.sync(),
    async [Symbol.asyncDispose]() {
      writer[Symbol.dispose]();
      await appender[Symbol.asyncDispose]();
    },
  };
}

function appendMethods(storage: Storage, rules: ServeRules, appenders: Handles<Appender>): Record<string, Method> {
  return {
    append: (params) => {
      rules.allow("replace", pathOf(params));
      return appenders.openAlone(handleOf(params), () => openAppending(storage, params as Appending, rules)).then(() =>
        null
      );
    },
    appendTo: (params, bytes) => appenders.use(handleOf(params), (appender) => appender.append(bytes)),
    syncAppended: (params) => appenders.use(handleOf(params), (appender) => appender.sync()),
    closeAppended: (params) => appenders.end(handleOf(params), (appender) => appender[Symbol.asyncDispose]()),
  };
}
