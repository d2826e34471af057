import type { StoredProblem } from "./stored_check.ts";

/** How a stored file was found. */
export type Outcome = "valid" | StoredProblem;

const OUTCOMES: readonly Outcome[] = ["valid", "missing", "checksum", "size", "other"];

/** Places at the beginning; a power of two. */
const FIRST_SIZE = 1024;

/**
 * How the files of a backup set were found, so that a backup that refers to a file takes over what is known of it: nine
 * bytes a place for a 64-bit hash of what identifies the check, in a table that is at most half full.
 */
export class Outcomes {
  #high = new Uint32Array(FIRST_SIZE);
  #low = new Uint32Array(FIRST_SIZE);
  /** Index of the outcome from 1; 0: the place is free. */
  #found = new Uint8Array(FIRST_SIZE);
  #count = 0;

  /** Number of outcomes. */
  get size(): number {
    return this.#count;
  }

  /** What is known of a check. */
  get(key: string): Outcome | undefined {
    return OUTCOMES[this.#found[this.#place(hashOf(key))]! - 1];
  }

  set(key: string, outcome: Outcome): void {
    if (this.#count * 2 >= this.#found.length) this.#grow();
    const hash = hashOf(key);
    const place = this.#place(hash);
    if (this.#found[place] === 0) this.#count++;
    this.#put(place, hash, OUTCOMES.indexOf(outcome) + 1);
  }

  /** Forgets everything. */
  clear(): void {
    this.#resize(FIRST_SIZE);
    this.#count = 0;
  }

  #place([high, low]: readonly [number, number]): number {
    const mask = this.#found.length - 1;
    let place = low & mask;
    while (this.#found[place] !== 0 && (this.#low[place] !== low || this.#high[place] !== high)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  #put(place: number, [high, low]: readonly [number, number], found: number): void {
    this.#high[place] = high;
    this.#low[place] = low;
    this.#found[place] = found;
  }

  #resize(size: number): void {
    this.#high = new Uint32Array(size);
    this.#low = new Uint32Array(size);
    this.#found = new Uint8Array(size);
  }

  #grow(): void {
    const [highs, lows, founds] = [this.#high, this.#low, this.#found];
    this.#resize(founds.length * 2);
    for (const [at, found] of founds.entries()) {
      if (found === 0) continue;
      const hash = [highs[at]!, lows[at]!] as const;
      this.#put(this.#place(hash), hash, found);
    }
  }
}

/** Two independent hashes of 32 bits: multiplied and mixed with every character, and once more at the end. */
function hashOf(key: string): readonly [number, number] {
  let high = 0x811c9dc5;
  let low = 0x2545f491;
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul((low << 5 | low >>> 27) ^ code, 0x9e3779b1);
  }
  return [mixed(high), mixed(low)];
}

/** Spreads what the last characters changed over all bits. */
function mixed(hash: number): number {
  const once = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  const twice = Math.imul(once ^ once >>> 13, 0xc2b2ae35);
  return (twice ^ twice >>> 16) >>> 0;
}
