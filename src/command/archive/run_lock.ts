import type { Invocation } from "../../cli/invocation.ts";
import { takeRunLocks } from "../../cli/locks.ts";
import type { Locks } from "../../process/lock.ts";

/** The lock of a background process that may rest. Disposing lets go of it. */
export class RunLock implements Disposable {
  readonly #invocation: Invocation;
  #locks: Locks | undefined;
  #held = true;

  /** The run holds the lock already. */
  constructor(invocation: Invocation) {
    this.#invocation = invocation;
    this.#locks = invocation.locks;
  }

  /** Lets go of the lock and of the connections, which may hold one on another host. */
  async rest(): Promise<void> {
    this[Symbol.dispose]();
    await this.#invocation.connections[Symbol.asyncDispose]();
  }

  /** Takes the lock again; false when somebody else has it. */
  async resume(): Promise<boolean> {
    if (this.#held) return true;
    try {
      this.#locks = await takeRunLocks(this.#invocation.configuration, this.#invocation.now());
      return this.#held = true;
    } catch {
      return false;
    }
  }

  [Symbol.dispose](): void {
    this.#locks?.[Symbol.dispose]();
    this.#locks = undefined;
    this.#held = false;
  }
}
