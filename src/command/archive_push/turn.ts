/**
 * Lets workers that push at the same time publish one after the other, in the order of the queue: the archive of a host
 * that goes down must not hold a segment behind one that it lacks.
 */

/** Cells: the number of the file whose turn it is, and that of the first file that failed. */
const NEXT = 0;
const FAILED = 1;

/** Nothing has failed. */
const NONE = 0x7fffffff;

/** How long a waiting worker looks at nothing but its turn, in milliseconds. */
const LOOK = 100;

/** Shared by the threads of one run. */
export type Turn = SharedArrayBuffer;

/** The turn of a run, which begins with file 0. */
export function newTurn(): Turn {
  const turn = new SharedArrayBuffer(8);
  resetTurn(turn);
  return turn;
}

/** Waits until all files before this one are stored; false when one of them failed. `check` throws to end the wait. */
export function awaitTurn(turn: Turn, number: number, check: () => void): boolean {
  const cells = new Int32Array(turn);
  for (;;) {
    const next = Atomics.load(cells, NEXT);
    if (next >= number) return true;
    if (Atomics.load(cells, FAILED) < number) return false;
    check();
    Atomics.wait(cells, NEXT, next, LOOK);
  }
}

/** Says that a file is stored; the one behind it may follow. */
export function passTurn(turn: Turn, number: number): void {
  const cells = new Int32Array(turn);
  Atomics.compareExchange(cells, NEXT, number, number + 1);
  Atomics.notify(cells, NEXT);
}

/** Says that a file failed: those behind it are not to be stored in this run. */
export function breakTurn(turn: Turn, number: number): void {
  const cells = new Int32Array(turn);
  Atomics.store(cells, FAILED, Math.min(number, Atomics.load(cells, FAILED)));
  Atomics.notify(cells, NEXT);
}

/** Makes the turn ready for another run. */
export function resetTurn(turn: Turn): void {
  const cells = new Int32Array(turn);
  Atomics.store(cells, NEXT, 0);
  Atomics.store(cells, FAILED, NONE);
}
