/** Numbers from 0 up to 1 that a seed repeats (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

/** Random decisions that a seed repeats. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomNumbers(seed);
  }

  /** An integer from `low` to `high`. */
  roll(low: number, high: number): number {
    return low + this.#next() * 2 ** 32 % (high - low + 1);
  }

  chance(percent: number): boolean {
    return this.roll(1, 100) <= percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.roll(0, items.length - 1)]!;
  }
}
