import { fail } from "../error.ts";
import type { Chunk } from "./chunk.ts";
import { Line } from "./line.ts";
import { LineStream } from "./line_stream.ts";
import { openStages } from "./open_stage.ts";
import type { StageResult, StageServices, StageSpec } from "./stage.ts";

/** Stages between a source and a target. Disposing closes the stages of a pipeline that was never run to its end. */
export interface Pipeline extends Disposable {
  transform: TransformStream<Chunk, Chunk>;
  /** What the stages learned, in the order of the specs; known when the readable side has ended. */
  results(): StageResult[];
}

/**
 * All stages as one transform: `source.pipeThrough(pipeline.transform).pipeTo(sink, { signal })`. Errors are those of the
 * stages (29 damaged data, 95 cipher) and of the services.
 */
export async function build(specs: readonly StageSpec[], services: StageServices = {}): Promise<Pipeline> {
  const stream = new LineStream(await openStages(specs, services), services.check);
  return {
    transform: stream.transform,
    results: () => stream.results ?? fail("assert", "results of a pipeline that has not ended"),
    [Symbol.dispose]: () => stream[Symbol.dispose](),
  };
}

/**
 * The same for bytes that are all at hand (<= 1 MiB): without streams, which on small files cost more than the work. Error
 * 29 when more than `most` bytes come out.
 */
export async function runOnce(
  specs: readonly StageSpec[],
  bytes: Chunk,
  services: StageServices & { most?: number } = {},
): Promise<{ bytes: Chunk[]; results: StageResult[] }> {
  const { most = Infinity } = services;
  const out: Chunk[] = [];
  let size = 0;
  const take = (chunk: Chunk) => {
    size += chunk.length;
    if (size > most) fail("format", `more than ${most} bytes where there should be no more`);
    out.push(chunk);
  };
  using line = new Line(await openStages(specs, services), take, services.check);
  line.feed(bytes);
  line.end();
  while (line.hasWork()) {
    const wait = line.step();
    if (wait !== undefined) await wait;
  }
  return { bytes: out, results: line.results() };
}
