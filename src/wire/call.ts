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
  /** Asks and waits, at most the timeout of the connection. Errors of the other side come as they are, with its host. */
  call(method: string, params: unknown, bytes?: Chunk): Promise<Answer>;
}

/** What a caller needs to know. */
export interface CallerOptions {
  host: string;
  /** Milliseconds without an answer after which the other side counts as dead (option protocol-timeout). */
  timeout: number;
  /** What the other process said on its standard error, for the error when the connection ends. */
  complaints(): string;
}

const EMPTY: Chunk = new Uint8Array(0);

interface Pending {
  resolve(answer: Answer): void;
  reject(error: BackRestError): void;
  timer: ReturnType<typeof setTimeout>;
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
  #nextId = 1;
  #broken: BackRestError | undefined;

  constructor(duplex: Duplex, early: Chunk, options: CallerOptions) {
    this.#writer = duplex.writable.getWriter();
    this.#reader = duplex.readable.getReader();
    this.#options = options;
    this.#frames.push(early);
    this.#reading = this.#receive();
  }

  async call(method: string, params: unknown, bytes: Chunk = EMPTY): Promise<Answer> {
    if (this.#broken !== undefined) throw this.#broken;
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const timer = setTimeout(() => this.#break(this.#silence(method)), this.#options.timeout);
    this.#pending.set(id, { resolve, reject, timer });
    promise.catch(() => {});
    try {
      const request: Request = { id, method, params };
      // All chunks of a frame are queued before anything else may be: frames never mix.
      await Promise.all(encodeFrame({ head: request, bytes }).map((chunk) => this.#writer.write(chunk)));
    } catch (cause) {
      // The other side ended: what it said about it arrives at the reading side, which knows more than a broken pipe.
      await this.#reading;
      this.#break(this.#cut(cause));
    }
    return await promise;
  }

  async #receive(): Promise<void> {
    try {
      this.#deliver();
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) break;
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
    clearTimeout(pending.timer);
    if ("error" in response) pending.reject(fromRecord({ host: this.#options.host, ...response.error }));
    else pending.resolve({ result: response.result, bytes });
  }

  /** Ends the connection for good: every call under way and every later one gets the error. */
  #break(error: BackRestError): void {
    this.#broken ??= error;
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(this.#broken);
    }
    this.#pending.clear();
  }

  #silence(method: string): BackRestError {
    const { host, timeout } = this.#options;
    return new BackRestError("protocol", `no answer from host '${host}' to '${method}' within ${timeout}ms`, {
      host,
      retry: true,
      hint: "is the host or the network hung? Option protocol-timeout says how long to wait.",
    });
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
    this.#broken ??= new BackRestError("assert", `call after the connection to '${this.#options.host}' was closed`);
    await this.#writer.close().catch(() => {});
    await this.#reading;
    await this.#reader.cancel().catch(() => {});
  }
}
