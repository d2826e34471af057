import type { Chunk } from "./chunk.ts";

/**
 * A stream of what `next` returns, until that is undefined. Nothing is read before somebody asks. Whoever opened the
 * source closes it; `cancelled` hears that no further chunk is wanted.
 */
export function sourceStream(
  next: () => Chunk | undefined | Promise<Chunk | undefined>,
  options: { cancelled?: (reason: unknown) => void } = {},
): ReadableStream<Chunk> {
  const hand = (chunk: Chunk | undefined, controller: ReadableStreamDefaultController<Chunk>) => {
    if (chunk === undefined) controller.close();
    else controller.enqueue(chunk);
  };
  return new ReadableStream<Chunk>({
    pull(controller) {
      const chunk = next();
      if (chunk instanceof Promise) return chunk.then((later) => hand(later, controller));
      hand(chunk, controller);
    },
    cancel: (reason) => options.cancelled?.(reason),
  }, { highWaterMark: 0 });
}

/** A stream whose chunks go to `write`, one at a time. Making the target durable and visible is the caller's, after the end. */
export function sinkStream(write: (chunk: Chunk) => void | Promise<void>): WritableStream<Chunk> {
  return new WritableStream<Chunk>({ write: (chunk) => write(chunk) });
}
