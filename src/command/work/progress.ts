import type { Invocation } from "../../cli/invocation.ts";

/** How far a command has come. Disposing takes it off the screen. */
export interface ProgressTracker extends Disposable {
  /** Adds bytes that were done; a failed try takes its bytes back with a negative number. */
  add(bytes: number): void;
}

/** The lock file is rewritten when this much of the whole was added: it is read by people. */
const LOCK_STEP = 0.001;

/** Follows a known number of bytes: in the lock files, where `info` of any program reads it, and on the screen. */
export function trackProgress(
  { locks, showProgress }: Invocation,
  { label, total }: { label: string; total: number },
): ProgressTracker {
  const display = showProgress(label, total);
  let done = 0;
  let written = 0;
  locks?.progress(total, 0);
  return {
    add(bytes: number): void {
      done += bytes;
      display.update(done);
      if (done - written < total * LOCK_STEP) return;
      written = done;
      locks?.progress(total, Math.min(done, total));
    },
    [Symbol.dispose]: () => display[Symbol.dispose](),
  };
}
