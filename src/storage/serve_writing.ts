import { asError, type BackRestError, fail } from "../error.ts";
import type { StageSpec } from "../stream/stage.ts";
import type { Method, Served } from "../wire/serve.ts";
import { Handles } from "./handles.ts";
import { handleOf, pathOf, type ServeRules, stageServices } from "./serve_rules.ts";
import { stagedSink } from "./staged.ts";
import type { Appender, Sink, Storage, WriteOptions } from "./storage.ts";

/** A sink whose other side does not wait for answers: after a failure nothing that is still to come is done. */
interface Writing {
  sink: Sink;
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
      const options = params as WriteOptions & { path: string };
      rules.allow(options.how === "noReplace" ? "write" : "replace", options.path);
      return sinks.open(handleOf(params), () => openWriting(storage, options, rules)).then(() => null);
    },
    put: (params, bytes) =>
      sinks.use(handleOf(params), (writing) => unlessFailed(writing, () => writing.sink.write(bytes))),
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
  const specs = stages as StageSpec[];
  return { sink: specs.length === 0 ? sink : await stagedSink(sink, specs, stageServices(rules)) };
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

function appendMethods(storage: Storage, rules: ServeRules, appenders: Handles<Appender>): Record<string, Method> {
  return {
    append: (params) => {
      rules.allow("replace", pathOf(params));
      return appenders.open(handleOf(params), () => storage.append(pathOf(params))).then(() => null);
    },
    appendTo: (params, bytes) => appenders.use(handleOf(params), (appender) => appender.append(bytes)),
    syncAppended: (params) => appenders.use(handleOf(params), (appender) => appender.sync()),
    closeAppended: (params) => appenders.end(handleOf(params), (appender) => appender[Symbol.asyncDispose]()),
  };
}
