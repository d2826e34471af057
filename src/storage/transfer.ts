import { BackRestError } from "../error.ts";
import { type Chunk, joinChunks, PIECE_SIZE } from "../stream/chunk.ts";
import type { StageResult, StageServices, StageSpec } from "../stream/stage.ts";
import type { Sink, Source } from "./storage.ts";

/** What a transfer may need from the place where it runs. */
export interface TransferOptions extends Omit<StageServices, "reread"> {
  /** What the bytes are read from, for messages about damaged data. */
  name: string;
  signal?: AbortSignal;
  /** Told how many bytes were read since it was last told. */
  onRead?: (bytes: number) => void;
  /**
   * True where neither the source, nor a stage, nor a sink that writes at once keeps a buffer that it handed on: the memory
   * of each is given back when it is written. Left to the collector, some 60 MB of them would gather in a big file.
   */
  release?: boolean;
}

/** What a transfer did. */
export interface Transferred {
  /** Results of the stages in their order. */
  results: StageResult[];
  /** Bytes read from the source; of a remote one those its stages were given. */
  size: number;
}

/**
 * Moves bytes from a source through stages into a sink; the caller commits the sink and disposes both. Inputs of at most
 * 1 MiB go through without streams, which on small files would cost more than the work. Errors of the stages get the name
 * of the source.
 */
export async function transfer(
  source: Source,
  sink: Pick<Sink, "write">,
  specs: readonly StageSpec[],
  options: TransferOptions,
): Promise<Transferred> {
  const meter = metered(source, options);
  const target = options.release === true ? releasing(sink) : sink;
  try {
    const head = await readHead(meter.next);
    // What comes from another host is waited for, so that others have their turn.
    const isRemote = source.taken !== undefined;
    if (!head.complete && specs.length === 0 && (isRemote || options.release === true)) {
      await move(head.chunks, meter.next, target, options);
      return { results: [], size: meter.size() };
    }
    const services = { ...options, reread: (offset: number, length: number) => source.reread(offset, length) };
    const { bytes, results } = head.complete
      ? await runWhole(joinChunks(head.chunks), specs, services)
      : { bytes: [], results: await runStream(head.chunks, meter.next, { specs, services, sink: target, options }) };
    for (const chunk of bytes) await sink.write(chunk);
    return { results, size: meter.size() };
  } catch (error) {
    throw named(error, options.name);
  }
}

function metered(source: Source, { onRead, check }: TransferOptions): {
  next(): Chunk | undefined | Promise<Chunk | undefined>;
  size(): number;
} {
  let size = 0;
  const count = (chunk: Chunk | undefined) => {
    const before = size;
    size = source.taken?.() ?? size + (chunk?.length ?? 0);
    if (size > before) onRead?.(size - before);
    return chunk;
  };
  return {
    next() {
      check?.();
      const chunk = source.next();
      return chunk instanceof Promise ? chunk.then(count) : count(chunk);
    },
    size: () => size,
  };
}

/** The first chunks: all of them when the source ends within 1 MiB. */
async function readHead(
  next: () => Chunk | undefined | Promise<Chunk | undefined>,
): Promise<{ chunks: Chunk[]; complete: boolean }> {
  const chunks: Chunk[] = [];
  for (let size = 0; size <= PIECE_SIZE;) {
    const read = next();
    const chunk = read instanceof Promise ? await read : read;
    if (chunk === undefined) return { chunks, complete: true };
    chunks.push(chunk);
    size += chunk.length;
  }
  return { chunks, complete: false };
}

async function runWhole(bytes: Chunk, specs: readonly StageSpec[], services: StageServices) {
  if (specs.length === 0) return { bytes: [bytes], results: [] };
  const { runOnce } = await import("../stream/pipeline.ts");
  return await runOnce(specs, bytes, services);
}

async function move(
  head: Chunk[],
  next: () => Chunk | undefined | Promise<Chunk | undefined>,
  sink: Pick<Sink, "write">,
  { signal }: TransferOptions,
): Promise<void> {
  for (let chunk = head.shift() ?? await next(); chunk !== undefined; chunk = head.shift() ?? await next()) {
    signal?.throwIfAborted();
    const written = sink.write(chunk);
    if (written instanceof Promise) await written;
  }
}

/** Gives the memory of each chunk back when it is written, unless it is a part of something larger. */
function releasing(sink: Pick<Sink, "write">): Pick<Sink, "write"> {
  return {
    write(chunk) {
      const written = sink.write(chunk);
      if (written instanceof Promise) return written;
      if (chunk.length === chunk.buffer.byteLength) chunk.buffer.transfer(0);
    },
  };
}

interface StreamParts {
  specs: readonly StageSpec[];
  services: StageServices;
  sink: Pick<Sink, "write">;
  options: TransferOptions;
}

/** The web-stream pipeline: source, one transform that runs all stages, sink. */
async function runStream(
  head: Chunk[],
  next: () => Chunk | undefined | Promise<Chunk | undefined>,
  { specs, services, sink, options }: StreamParts,
): Promise<StageResult[]> {
  const [{ build }, { sourceStream, sinkStream }] = await Promise.all([
    import("../stream/pipeline.ts"),
    import("../stream/pipe.ts"),
  ]);
  using pipeline = await build(specs, services);
  await sourceStream(() => head.shift() ?? next())
    .pipeThrough(pipeline.transform)
    .pipeTo(sinkStream((chunk) => sink.write(chunk)), options.signal === undefined ? {} : { signal: options.signal });
  return pipeline.results();
}

/** The bytes of a source through stages, piece by piece; the caller disposes the source. Leaving early is fine. */
export async function* readPieces(
  source: Source,
  specs: readonly StageSpec[],
  options: TransferOptions,
): AsyncGenerator<Chunk> {
  const { next } = metered(source, options);
  if (specs.length === 0) {
    for (let chunk = await next(); chunk !== undefined; chunk = await next()) yield chunk;
    return;
  }
  const [{ build }, { sourceStream }] = await Promise.all([
    import("../stream/pipeline.ts"),
    import("../stream/pipe.ts"),
  ]);
  using pipeline = await build(specs, options);
  try {
    yield* sourceStream(next).pipeThrough(pipeline.transform);
  } catch (error) {
    throw named(error, options.name);
  }
}

/** Damaged data is reported with the file it was found in. */
function named(error: unknown, name: string): unknown {
  if (!(error instanceof BackRestError) || error.file !== undefined) return error;
  if (error.kind !== "format" && error.kind !== "crypto") return error;
  return new BackRestError(error.kind, `unable to read '${name}': ${error.message}`, {
    file: name,
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

/** The SHA-1 among the results; `nth` counts from 0. */
export function sha1Of(results: readonly StageResult[], nth: number = 0): string {
  const found = results.filter((result) => result.stage === "sha1")[nth];
  if (found === undefined) throw new BackRestError("assert", `pipeline has no sha1 stage ${nth}`);
  return found.value;
}

/** The count among the results, in bytes. */
export function countOf(results: readonly StageResult[]): number {
  const found = results.find((result) => result.stage === "count");
  if (found === undefined) throw new BackRestError("assert", "pipeline has no count stage");
  return found.value;
}

/** All bytes of a source through stages; for files that fit in memory by their nature. */
export async function readAll(
  source: Source,
  specs: readonly StageSpec[],
  options: TransferOptions,
): Promise<{ bytes: Chunk; results: StageResult[] }> {
  const chunks: Chunk[] = [];
  const { results } = await transfer(source, { write: (chunk) => void chunks.push(chunk) }, specs, options);
  return { bytes: joinChunks(chunks), results };
}
