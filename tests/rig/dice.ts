/** Random numbers that a seed repeats (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** An integer from `low` to `high`. */
  roll(low: number, high: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return low + ((mixed ^ (mixed >>> 14)) >>> 0) % (high - low + 1);
  }

  chance(percent: number): boolean {
    return this.roll(1, 100) <= percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.roll(0, items.length - 1)]!;
  }
}
