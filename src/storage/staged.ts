import { type Chunk, joinChunks } from "../stream/chunk.ts";
import { Line } from "../stream/line.ts";
import { openStages } from "../stream/open_stage.ts";
import type { Stage, StageResult, StageServices, StageSpec } from "../stream/stage.ts";
import type { Committed, Sink, Source } from "./storage.ts";

/** What the host of a storage adds to the stages that it was asked for. */
export interface HostStages {
  services: StageServices;
  /** Comes before all others. */
  first?: Stage;
  /** Comes behind all others. */
  last?: Stage;
}

async function openAll(specs: readonly StageSpec[], { services, first, last }: HostStages): Promise<Stage[]> {
  const stages = await openStages(specs, services);
  return [...first === undefined ? [] : [first], ...stages, ...last === undefined ? [] : [last]];
}

/** A source whose bytes have gone through stages; `results` tells what they learned, once it has ended. */
export async function stagedSource(source: Source, specs: readonly StageSpec[], host: HostStages): Promise<Source> {
  const out: Chunk[] = [];
  const { services } = host;
  const reread = (offset: number, length: number) => source.reread(offset, length);
  const stages = await openAll(specs, { ...host, services: { ...services, reread } });
  const line = new Line(stages, (chunk) => void out.push(chunk), services.check);
  let ended = false;
  const work = async () => {
    while (out.length === 0 && line.hasWork()) {
      const wait = line.step();
      if (wait !== undefined) await wait;
    }
  };
  return {
    async next() {
      for (;;) {
        await work();
        if (out.length > 0) return joinChunks(out.splice(0));
        if (ended) return undefined;
        const chunk = await source.next();
        if (chunk === undefined) {
          ended = true;
          line.end();
        } else line.feed(chunk);
      }
    },
    reread: (offset, length) => source.reread(offset, length),
    results: () => line.results(),
    [Symbol.dispose]() {
      line[Symbol.dispose]();
      source[Symbol.dispose]();
    },
  };
}

/** Bytes that go through stages to wherever `write` puts them. Disposing frees the stages. */
export interface StagedWriter extends Disposable {
  write(chunk: Chunk): Promise<void>;
  /** Flushes the stages; gives what they learned. */
  end(): Promise<StageResult[]>;
}

/** Opens stages in front of a target. */
export async function stagedWriter(
  write: (chunk: Chunk) => void | Promise<void>,
  specs: readonly StageSpec[],
  host: HostStages,
): Promise<StagedWriter> {
  const out: Chunk[] = [];
  const line = new Line(await openAll(specs, host), (chunk) => void out.push(chunk), host.services.check);
  const handOn = async () => {
    for (const chunk of out.splice(0)) await write(chunk);
  };
  const work = async () => {
    await handOn();
    while (line.hasWork()) {
      const wait = line.step();
      if (wait !== undefined) await wait;
      await handOn();
    }
  };
  return {
    async write(chunk) {
      line.feed(chunk);
      await work();
    },
    async end() {
      line.end();
      await work();
      return line.results();
    },
    [Symbol.dispose]: () => line[Symbol.dispose](),
  };
}

/** A sink that puts bytes through stages before they are stored; `commit` tells what they learned. */
export async function stagedSink(sink: Sink, specs: readonly StageSpec[], host: HostStages): Promise<Sink> {
  const writer = await stagedWriter((chunk) => sink.write(chunk), specs, host);
  const abort = async () => {
    writer[Symbol.dispose]();
    await sink.abort();
  };
  return {
    write: (chunk) => writer.write(chunk),
    async commit(): Promise<Committed> {
      const results = await writer.end();
      writer[Symbol.dispose]();
      return { ...await sink.commit(), results };
    },
    abort,
    [Symbol.asyncDispose]: abort,
  };
}
