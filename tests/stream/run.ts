import { type Chunk, joinChunks } from "../../src/stream/chunk.ts";
import { sinkStream, sourceStream } from "../../src/stream/pipe.ts";
import { build, runOnce } from "../../src/stream/pipeline.ts";
import type { StageResult, StageServices, StageSpec } from "../../src/stream/stage.ts";

export interface Outcome {
  bytes: Chunk;
  results: StageResult[];
}

/** Runs chunks through a pipeline between two streams, as a copy does. */
export async function runStream(
  specs: StageSpec[],
  chunks: Chunk[],
  services: StageServices = {},
): Promise<Outcome> {
  const waiting = [...chunks];
  const out: Chunk[] = [];
  using pipeline = await build(specs, services);
  await sourceStream(() => waiting.shift()).pipeThrough(pipeline.transform).pipeTo(
    sinkStream((chunk) => void out.push(chunk)),
  );
  return { bytes: joinChunks(out), results: pipeline.results() };
}

/** Runs bytes through a pipeline without streams. */
export async function runBytes(specs: StageSpec[], bytes: Chunk, services: StageServices = {}): Promise<Outcome> {
  const out = await runOnce(specs, bytes, services);
  return { bytes: joinChunks(out.bytes), results: out.results };
}

/** What a call throws, as `code message`; fails when it throws nothing. */
export async function thrown(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    const { code, message } = error as { code?: number; message: string };
    return `${code} ${message}`;
  }
  throw new Error("nothing was thrown");
}
