import type { Invocation } from "../../cli/invocation.ts";

/** How far a command has come. Disposing takes it off the screen. */
export interface ProgressTracker extends Disposable {
  /** Adds bytes that were done; a failed try takes its bytes back with a negative number. */
  add(bytes: number): void;
}

/** The lock file is rewritten when this much of the whole was added: it is read by people. */
const LOCK_STEP = 0.001;

/** Follows a known number of bytes: in the lock files of all hosts, where `info` of any program reads it, and on the screen. */
export function trackProgress(
  { locks, connections, showProgress }: Invocation,
  { label, total }: { label: string; total: number },
): ProgressTracker {
  const display = showProgress(label, total);
  let done = 0;
  let written = 0;
  const note = (size: number, complete: number) => {
    locks?.progress(size, complete);
    connections.tell("progress", { size, complete });
  };
  note(total, 0);
  return {
    add(bytes: number): void {
      done += bytes;
      display.update(done);
      if (done - written < total * LOCK_STEP) return;
      written = done;
      note(total, Math.min(done, total));
    },
    [Symbol.dispose]: () => display[Symbol.dispose](),
  };
}
