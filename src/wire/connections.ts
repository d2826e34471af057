import { BackRestError } from "../error.ts";
import type { Connection } from "./connect.ts";

/** How a connection is opened. */
export interface Opening {
  /** Gives up when `ended` is aborted. */
  open(ended: AbortSignal): Promise<Connection>;
  /** False when a lost connection cannot be replaced by another one: it held a lock. */
  replaceable: boolean;
}

/** How long a worker waits for its turn to connect (others may have died in theirs), and how often it looks; milliseconds. */
const TURN_MAX = 60_000;
const TURN_PAUSE = 10;

/**
 * The connections of a run, or of one of its workers: each is opened when it is first wanted and then shared by all who
 * ask for the same name. Disposing closes them, the last one first, and gives up those that are being opened; after that
 * none is opened any more.
 */
export class Connections implements AsyncDisposable {
  /** Number of the process that asks: 0 is the main thread, whose connections hold the locks on other hosts. */
  readonly process: number;
  readonly #gate: Int32Array | undefined;
  readonly #ended = new AbortController();
  #lost: AbortController | undefined;
  readonly #open = new Map<string, Promise<Connection>>();

  /** Those who share a `gate` (one Int32, 0 at first) connect one after the other: sshd turns away who comes in a crowd. */
  constructor(process: number, gate?: Int32Array) {
    this.process = process;
    this.#gate = gate;
  }

  /** Aborted when a connection is lost that cannot be replaced. */
  get lost(): AbortSignal {
    return (this.#lost ??= new AbortController()).signal;
  }

  /** The connection of a name, opened where there is none, where the last one could not be opened, or where it is lost. */
  async get(name: string, opening: Opening): Promise<Connection> {
    this.#ended.signal.throwIfAborted();
    const known = this.#open.get(name);
    const connection = await known;
    if (connection !== undefined && (connection.broken === undefined || !opening.replaceable)) return connection;
    // While this one waited somebody else may have opened the next.
    const next = this.#open.get(name);
    if (next !== undefined && next !== known) return await this.get(name, opening);
    const opened = this.#openAfter(connection, opening);
    this.#open.set(name, opened);
    opened.catch(() => this.#open.delete(name));
    return await opened;
  }

  async #openAfter(lost: Connection | undefined, opening: Opening): Promise<Connection> {
    await lost?.[Symbol.asyncDispose]();
    return await this.#inTurn(() => this.#watched(opening));
  }

  /** Tells all other hosts something, without waiting for an answer. */
  tell(method: string, params: unknown): void {
    for (const opened of this.#open.values()) {
      opened.then((connection) => connection.call(method, params)).catch(() => {});
    }
  }

  async #watched({ open, replaceable }: Opening): Promise<Connection> {
    const ended = this.#ended.signal;
    ended.throwIfAborted();
    const connection = await open(ended);
    if (!replaceable) connection.onLost = (reason) => this.#lost?.abort(reason);
    return connection;
  }

  async #inTurn(open: () => Promise<Connection>): Promise<Connection> {
    const gate = this.#gate;
    if (gate === undefined) return await open();
    const deadline = Date.now() + TURN_MAX;
    while (Atomics.compareExchange(gate, 0, 0, 1) !== 0 && Date.now() < deadline) {
      this.#ended.signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, TURN_PAUSE));
    }
    try {
      return await open();
    } finally {
      Atomics.store(gate, 0, 0);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new BackRestError("term", "the connections of this run are closed"));
    const open = [...this.#open.values()].reverse();
    this.#open.clear();
    for (const connection of open) await connection.then((each) => each[Symbol.asyncDispose](), () => {});
  }
}
