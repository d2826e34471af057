import type { Sink } from "./storage.ts";

/** Files that are made durable at a time. */
const WIDTH = 8;

/**
 * Makes files durable while others are written: file systems do that for several at once in little more time than for one.
 * Disposing waits for what is under way.
 */
export class Commits implements AsyncDisposable {
  readonly #under: Promise<void>[] = [];
  readonly #errors: unknown[] = [];

  /** Takes a file over and commits it; waits where many are under way. What fails is told at the end. */
  async add(sink: Sink): Promise<void> {
    this.#under.push(commit(sink).catch((error) => void this.#errors.push(error)));
    if (this.#under.length > WIDTH) await this.#under.shift();
  }

  /** Waits for all; throws the first error there was. */
  async end(): Promise<void> {
    await this[Symbol.asyncDispose]();
    if (this.#errors.length > 0) throw this.#errors[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#under);
    this.#under.length = 0;
  }
}

async function commit(sink: Sink): Promise<void> {
  await using written = sink;
  await written.commit();
}
