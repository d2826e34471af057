/** Things that are open before they are wanted. */
const WIDTH = 8;

/**
 * Opens things before they are wanted, in the order they will be, so that nobody waits for the way to another host and
 * back. Disposing closes those that nobody took.
 */
export class Ahead<T, O extends Disposable> implements Disposable {
  readonly #items: Iterator<T>;
  readonly #open: (item: T) => Promise<O | undefined> | undefined;
  readonly #opened = new Map<T, Promise<O | undefined>>();

  /** `open` gives nothing for what is not to be opened before it is wanted. */
  constructor(items: Iterable<T>, open: (item: T) => Promise<O | undefined> | undefined) {
    this.#items = items[Symbol.iterator]();
    this.#open = open;
  }

  /** What was opened for an item, once; then it is the caller's. Undefined: the caller has to open it himself. */
  take(item: T): Promise<O | undefined> | undefined {
    this.#fill();
    const opened = this.#opened.get(item);
    this.#opened.delete(item);
    return opened;
  }

  #fill(): void {
    while (this.#opened.size < WIDTH) {
      const { done, value } = this.#items.next();
      if (done === true) return;
      const opened = this.#open(value);
      if (opened === undefined) continue;
      // Whoever takes it hears of it.
      opened.catch(() => {});
      this.#opened.set(value, opened);
    }
  }

  [Symbol.dispose](): void {
    for (const opened of this.#opened.values()) opened.then((each) => each?.[Symbol.dispose](), () => {});
    this.#opened.clear();
  }
}
