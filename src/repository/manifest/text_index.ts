/** Texts that repeat in many rows, each kept once: owners, labels. 0 stands for no text, false is a text of its own. */
export class TextIndex {
  readonly #texts: (string | false | undefined)[] = [undefined];
  readonly #indexes = new Map<string | false | undefined, number>([[undefined, 0]]);

  /** The number of a text; a new one if it was never seen. */
  indexOf(text: string | false | undefined): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    this.#indexes.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  text(index: number): string | false | undefined {
    return this.#texts[index];
  }
}
