import { type Chunk, joinChunks } from "../stream/chunk.ts";
import { Line } from "../stream/line.ts";
import { openStages } from "../stream/open_stage.ts";
import type { StageResult, StageServices, StageSpec } from "../stream/stage.ts";
import type { Committed, Sink, Source } from "./storage.ts";

/** A source whose bytes have gone through stages; `results` tells what they learned, once it has ended. */
export async function stagedSource(
  source: Source,
  specs: readonly StageSpec[],
  services: StageServices,
): Promise<Source> {
  const out: Chunk[] = [];
  const stages = await openStages(specs, { ...services, reread: (offset, length) => source.reread(offset, length) });
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

/** A sink that puts bytes through stages before they are stored; `commit` tells what they learned. */
export async function stagedSink(sink: Sink, specs: readonly StageSpec[], services: StageServices): Promise<Sink> {
  const out: Chunk[] = [];
  const line = new Line(await openStages(specs, services), (chunk) => void out.push(chunk), services.check);
  const work = async () => {
    while (line.hasWork()) {
      const wait = line.step();
      if (wait !== undefined) await wait;
      for (const chunk of out.splice(0)) await sink.write(chunk);
    }
  };
  const abort = async () => {
    line[Symbol.dispose]();
    await sink.abort();
  };
  return {
    async write(chunk) {
      line.feed(chunk);
      await work();
    },
    async commit(): Promise<Committed> {
      line.end();
      await work();
      const results: StageResult[] = line.results();
      line[Symbol.dispose]();
      return { ...await sink.commit(), results };
    },
    abort,
    [Symbol.asyncDispose]: abort,
  };
}
