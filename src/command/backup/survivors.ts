import { asError, BackRestError, errorText } from "../../error.ts";
import type { Logger } from "../../log.ts";
import { failureText, type RepositoryFailure } from "../archive/failures.ts";

/** Something that is done for one of several repositories. */
export interface ForRepository {
  key: number;
}

/**
 * The repositories of a backup that are still to get it. One that fails is left out while there are others; when it was the
 * last, or the only one, its error ends the backup.
 */
export class Survivors {
  readonly #keys: Set<number>;
  readonly #several: boolean;
  readonly #failures: RepositoryFailure[] = [];
  readonly #tools: { log: Logger; signal: AbortSignal };

  constructor(keys: readonly number[], tools: { log: Logger; signal: AbortSignal }) {
    this.#keys = new Set(keys);
    this.#several = keys.length > 1;
    this.#tools = tools;
  }

  /** Those of the items whose repository is still in. */
  of<T extends ForRepository>(items: readonly T[]): T[] {
    return items.filter(({ key }) => this.#keys.has(key));
  }

  /** Does a step for each repository that is still in, one after the other; gives the results of those that came through. */
  async map<T extends ForRepository, R>(items: readonly T[], step: (item: T) => R | Promise<R>): Promise<R[]> {
    const results: R[] = [];
    for (const item of this.of(items)) {
      try {
        results.push(await step(item));
      } catch (thrown) {
        this.leaveOut(item.key, thrown);
      }
    }
    return results;
  }

  /** Leaves a repository out; throws its error when no other is left, or when the run has to end anyway. */
  leaveOut(key: number, thrown: unknown): void {
    const error = asError(thrown);
    this.#keys.delete(key);
    if (!this.#several || this.#tools.signal.aborted || error.kind === "term") throw error;
    const failure = { key, error };
    this.#failures.push(failure);
    this.#tools.log.log("error", failureText(failure), { code: error.code });
    if (this.#keys.size === 0) throw this.#summary();
  }

  /** The exit code of a backup that came through: 104 when repositories were left out, which is said once more. */
  exitCode(): number {
    if (this.#failures.length === 0) return 0;
    const error = this.#summary();
    this.#tools.log.log("error", errorText(error), { code: error.code });
    return error.code;
  }

  #summary(): BackRestError {
    const count = this.#failures.length;
    return new BackRestError("command", `backup failed on ${count} repositor${count === 1 ? "y" : "ies"}`, {
      hint: `${this.#failures.map((each) => `repo${each.key}`).join(", ")}: see the error(s) above. ` +
        (this.#keys.size === 0 ? "No repository has the backup." : "The others have the backup."),
    });
  }
}
