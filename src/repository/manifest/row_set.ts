/** A set of rows of a file table: a bit each. */
export class RowSet {
  #bits = new Uint32Array(64);
  #count = 0;

  /** Number of rows in it. */
  get size(): number {
    return this.#count;
  }

  add(row: number): void {
    const word = row >>> 5;
    if (word >= this.#bits.length) {
      const larger = new Uint32Array(Math.max(word + 1, this.#bits.length * 2));
      larger.set(this.#bits);
      this.#bits = larger;
    }
    if (this.has(row)) return;
    this.#bits[word]! |= 1 << (row & 31);
    this.#count++;
  }

  has(row: number): boolean {
    return ((this.#bits[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0;
  }

  /** Ascending. */
  *rows(): Generator<number> {
    for (const [word, bits] of this.#bits.entries()) {
      for (let bit = 0; bits >>> bit !== 0 && bit < 32; bit++) {
        if ((bits >>> bit) & 1) yield word * 32 + bit;
      }
    }
  }
}
