import type { Connection } from "./connect.ts";

/**
 * The connections of a run, or of one of its workers: each is opened when it is first wanted and then shared by all who
 * ask for the same name. Disposing closes them, the last one first.
 */
export class Connections implements AsyncDisposable {
  /** Number of the process that asks: 0 is the main thread, whose connections hold the locks on other hosts. */
  readonly process: number;
  readonly #open = new Map<string, Promise<Connection>>();

  constructor(process: number) {
    this.process = process;
  }

  /** The connection of a name, opened with `open` where there is none; one that could not be opened is tried again. */
  get(name: string, open: () => Promise<Connection>): Promise<Connection> {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const connection = open();
    this.#open.set(name, connection);
    connection.catch(() => this.#open.delete(name));
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open.values()].reverse();
    this.#open.clear();
    for (const connection of open) await connection.then((each) => each[Symbol.asyncDispose](), () => {});
  }
}
