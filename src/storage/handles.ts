import { fail } from "../error.ts";

interface Opened<T> {
  value: Promise<T>;
  /** End of the last use so far. */
  last: Promise<unknown>;
}

/** How many things one connection may have open at a time. */
const OPEN_MAX = 1000;

/**
 * Open things by the numbers the other side gave them. Each is used by one request at a time, in the order the requests
 * came. Requests may arrive before the one that opens the thing has been answered; where it fails, so do they.
 */
export class Handles<T> {
  readonly #open = new Map<number, Opened<T>>();

  /** Opens a thing under a number that is free. */
  open(handle: unknown, make: () => Promise<T>): Promise<T> {
    if (!Number.isSafeInteger(handle) || this.#open.has(handle as number) || this.#open.size >= OPEN_MAX) {
      fail("protocol", `handle ${String(handle)} cannot be opened: it is no number, in use, or one of too many`);
    }
    const value = Promise.try(make);
    this.#open.set(handle as number, { value, last: value.catch(() => {}) });
    return value;
  }

  /** Opens a thing that is only asked for once it is open: where that fails, the number is free again. */
  async openAlone(handle: unknown, make: () => Promise<T>): Promise<T> {
    const value = this.open(handle, make);
    value.catch(() => this.#open.delete(handle as number));
    return await value;
  }

  /** Queues a use behind those before it. */
  use<R>(handle: unknown, action: (value: T) => PromiseLike<R> | R): Promise<R> {
    const opened = this.#open.get(handle as number);
    if (opened === undefined) fail("protocol", `handle ${String(handle)} is not open`);
    const turn = opened.last.then(async () => await action(await opened.value));
    opened.last = turn.catch(() => {});
    return turn;
  }

  /** The last use of a thing, whatever comes of it. */
  end<R>(handle: unknown, action: (value: T) => PromiseLike<R> | R): Promise<R> {
    return this.use(handle, action).finally(() => this.#open.delete(handle as number));
  }

  /** All that is still open. */
  async values(): Promise<T[]> {
    const settled = await Promise.allSettled([...this.#open.values()].map(({ value }) => value));
    return settled.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
  }
}
