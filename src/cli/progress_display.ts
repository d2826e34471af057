import { advance, progressLine, progressText, startProgress } from "./progress.ts";

/** Shows how far something has come. Disposing removes what must not stay on the screen. */
export interface ProgressDisplay extends Disposable {
  /** Tells how many bytes are done; may be called as often as one likes. */
  update(done: number): void;
  /** Removes the line from the screen, so that something else can be written. */
  clear(): void;
}

/** What a display needs: where to write and what time it is (milliseconds). */
export interface DisplayTools {
  write(text: string): void;
  now(): number;
}

/** Milliseconds between two lines on a terminal, and between two lines elsewhere. */
const TERMINAL_INTERVAL = 200;
const LINE_INTERVAL = 60_000;

/** Moves to the first column and erases the line. */
const ERASE = "\r\x1b[K";

/** A line on a terminal that is written over and over. */
export function terminalDisplay(
  label: string,
  total: number,
  { write, now, columns }: DisplayTools & { columns: number },
): ProgressDisplay {
  let progress = startProgress(label, total, now());
  let shownAt = -Infinity;
  let visible = false;
  const clear = () => {
    if (visible) write(ERASE);
    visible = false;
  };
  return {
    update(done: number): void {
      const at = now();
      progress = advance(progress, { at, done });
      if (at - shownAt < TERMINAL_INTERVAL) return;
      write(`${ERASE}${progressLine(progress, columns)}`);
      [shownAt, visible] = [at, true];
    },
    clear,
    [Symbol.dispose]: clear,
  };
}

/** A line now and then, for logs; nothing at all when it does not take long. */
export function lineDisplay(label: string, total: number, { write, now }: DisplayTools): ProgressDisplay {
  let progress = startProgress(label, total, now());
  let shownAt = now();
  return {
    update(done: number): void {
      const at = now();
      progress = advance(progress, { at, done });
      if (at - shownAt < LINE_INTERVAL) return;
      write(progressText(progress));
      shownAt = at;
    },
    clear(): void {},
    [Symbol.dispose](): void {},
  };
}
