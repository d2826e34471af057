/** Whether the reader of a stream waits for a chunk, and a promise for the moment it does. */
export class Demand {
  #raised = false;
  #waiting: PromiseWithResolvers<void> | undefined;
  #refusal: { reason: unknown } | undefined;

  get raised(): boolean {
    return this.#raised;
  }

  /** The reader asks for a chunk. */
  raise(): void {
    this.#raised = this.#refusal === undefined;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  /** The reader has got one. */
  meet(): void {
    this.#raised = false;
  }

  /** The reader will never ask again: every wait, also the one under way, fails with the first reason given. */
  refuse(reason: unknown): void {
    this.#raised = false;
    this.#refusal ??= { reason };
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
  }

  /** Fulfilled when the reader asks. */
  next(): Promise<void> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal.reason);
    this.#waiting ??= Promise.withResolvers<void>();
    return this.#waiting.promise;
  }
}
