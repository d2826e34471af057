import type { Chunk, Source } from "./storage.ts";

/** How long files are read before others get a turn, in milliseconds. */
const TURN = 50;

/**
 * A local source for a process that has to listen while it works: now and then it lets timers and messages have their
 * turn, and ends with the reason of `ended` once that is aborted.
 */
export function inTurns(source: Source, ended: AbortSignal): Source {
  let turnEnd = Date.now() + TURN;
  const rest = async (): Promise<Chunk | undefined> => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    ended.throwIfAborted();
    turnEnd = Date.now() + TURN;
    return await source.next();
  };
  return {
    next: () => Date.now() < turnEnd ? source.next() : rest(),
    reread: (offset, length) => source.reread(offset, length),
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}
