import { BackRestError, type ErrorRecord, fromRecord } from "../error.ts";
import type { Chunk } from "../stream/chunk.ts";
import { encodeFrame, type Frame, FrameReader } from "./frame.ts";

/** Two streams to and from another process of ours. */
export interface Duplex {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
}

/** A question to the other side. */
export interface Request {
  id: number;
  method: string;
  params: unknown;
}

/** Its answer. */
export type Response = { id: number; result: unknown } | { id: number; error: ErrorRecord };

/** What a call gives back. */
export interface Answer {
  result: unknown;
  bytes: Chunk;
}

/** The asking side of a connection. Calls may be under way at the same time; answers come in any order. */
export interface Caller extends AsyncDisposable {
  /** Why no further call can be made; undefined while the connection stands. */
  readonly broken: BackRestError | undefined;
  /** Called once when the connection is lost, not when it is closed. */
  onLost: ((reason: BackRestError) => void) | undefined;
  /** Asks and waits, at most the timeout of the connection. Errors of the other side come as they are, with its host. */
  call(method: string, params: unknown, bytes?: Chunk): Promise<Answer>;
}

/** What a caller needs to know. */
export interface CallerOptions {
  host: string;
  /**
   * Milliseconds without an answer or a sign of life after which the other side counts as dead (option
   * protocol-timeout).
   */
  timeout: number;
  /** What the other process said on its standard error, for the error when the connection ends. */
  complaints(): string;
}

const EMPTY: Chunk = new Uint8Array(0);

interface Pending {
  method: string;
  /** Epoch milliseconds. */
  since: number;
  resolve(answer: Answer): void;
  reject(error: BackRestError): void;
}

/** Number of frames that only say that their sender is alive; no question has it. */
export const SIGN_OF_LIFE = 0;

/** The longest pause between two signs of life in milliseconds, and how many may get lost. */
const ALIVE_INTERVAL = 10_000;
const ALIVE_SPARE = 4;

/** How often a side shows that it is alive when the other one gives it up after `timeout` milliseconds of silence. */
export function aliveInterval(timeout: number): number {
  return Math.max(1, Math.min(ALIVE_INTERVAL, timeout / ALIVE_SPARE));
}

/** Makes a caller over streams that stand behind their greeting. `early` is what was read beyond it. */
export function openCaller(duplex: Duplex, early: Chunk, options: CallerOptions): Caller {
  return new FrameCaller(duplex, early, options);
}

class FrameCaller implements Caller {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #options: CallerOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #frames = new FrameReader();
  readonly #reading: Promise<void>;
  readonly #life: ReturnType<typeof setInterval>;
  #nextId = SIGN_OF_LIFE + 1;
  /** When something last came from the other side, in epoch milliseconds. */
  #heard = Date.now();
  #broken: BackRestError | undefined;

  constructor(duplex: Duplex, early: Chunk, options: CallerOptions) {
    this.#writer = duplex.writable.getWriter();
    this.#reader = duplex.readable.getReader();
    this.#options = options;
    this.#frames.push(early);
    this.#reading = this.#receive();
    this.#life = setInterval(() => this.#live(), aliveInterval(options.timeout));
  }

  onLost: ((reason: BackRestError) => void) | undefined;

  get broken(): BackRestError | undefined {
    return this.#broken;
  }

  async call(method: string, params: unknown, bytes: Chunk = EMPTY): Promise<Answer> {
    if (this.#broken !== undefined) throw this.#broken;
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#pending.set(id, { method, since: Date.now(), resolve, reject });
    const request: Request = { id, method, params };
    // Only the answer is waited for: whoever sends much looks at his answers before he sends more.
    this.#write({ head: request, bytes }).catch(async (cause: unknown) => {
      // The other side ended: what it said about it arrives at the reading side, which knows more than a broken pipe.
      await this.#reading;
      this.#break(this.#cut(cause));
    });
    return await promise;
  }

  /** All chunks of a frame are queued before anything else may be: frames never mix. */
  async #write(frame: Frame): Promise<void> {
    await Promise.all(encodeFrame(frame).map((chunk) => this.#writer.write(chunk)));
  }

  /** Shows the other side that this one is alive, and gives up one that has been silent for too long. */
  #live(): void {
    const [oldest] = this.#pending.values();
    if (oldest !== undefined && Date.now() - Math.max(this.#heard, oldest.since) > this.#options.timeout) {
      return this.#break(this.#silence(oldest.method));
    }
    if (this.#broken === undefined) this.#write({ head: { id: SIGN_OF_LIFE }, bytes: EMPTY }).catch(() => {});
  }

  async #receive(): Promise<void> {
    try {
      this.#deliver();
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) break;
        this.#heard = Date.now();
        this.#frames.push(value as Chunk);
        this.#deliver();
      }
      this.#break(this.#cut(undefined));
    } catch (error) {
      this.#break(error instanceof BackRestError ? this.#atHost(error) : this.#cut(error));
    }
  }

  #deliver(): void {
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) this.#settle(frame);
  }

  #settle({ head, bytes }: Frame): void {
    const response = head as Response;
    const pending = this.#pending.get(response.id);
    if (pending === undefined) return;
    this.#pending.delete(response.id);
    if ("error" in response) pending.reject(fromRecord({ host: this.#options.host, ...response.error }));
    else pending.resolve({ result: response.result, bytes });
  }

  /** Ends the connection for good: every call under way and every later one gets the error. */
  #break(error: BackRestError): void {
    const isFirst = this.#broken === undefined;
    this.#broken ??= error;
    clearInterval(this.#life);
    for (const { reject } of this.#pending.values()) reject(this.#broken);
    this.#pending.clear();
    if (isFirst) this.onLost?.(this.#broken);
  }

  #silence(method: string): BackRestError {
    const { host, timeout } = this.#options;
    return new BackRestError(
      "protocol",
      `no answer and no sign of life from host '${host}' to '${method}' for ${timeout}ms`,
      {
        host,
        retry: true,
        hint: "is the host or the network hung? Option protocol-timeout says how long to wait.",
      },
    );
  }

  #cut(cause: unknown): BackRestError {
    const { host, complaints } = this.#options;
    const said = complaints().trim();
    return new BackRestError("protocol", `connection to host '${host}' ended${said === "" ? "" : `:\n${said}`}`, {
      host,
      retry: true,
      cause,
    });
  }

  #atHost(error: BackRestError): BackRestError {
    return new BackRestError(error.kind, error.message, { host: this.#options.host, retry: true, cause: error });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.onLost = undefined;
    this.#break(new BackRestError("term", `the connection to host '${this.#options.host}' was closed`));
    await this.#writer.close().catch(() => {});
    await this.#reading;
    await this.#reader.cancel().catch(() => {});
  }
}
