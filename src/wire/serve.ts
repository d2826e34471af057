import { BackRestError, toRecord } from "../error.ts";
import type { Chunk } from "../stream/chunk.ts";
import { aliveInterval, type Answer, type Duplex, type Request, type Response, SIGN_OF_LIFE } from "./call.ts";
import { encodeFrame, type Frame, FrameReader } from "./frame.ts";

/** What a method is given, and what it gives back; bytes only where it has some. */
export type Method = (params: unknown, bytes: Chunk) => Promise<unknown> | unknown;

/** What a host serves of something. Disposing aborts what is half done. */
export interface Served extends AsyncDisposable {
  methods: Record<string, Method>;
}

/** A result that carries bytes. */
export class WithBytes<R = unknown> {
  readonly result: R;
  readonly bytes: Chunk;

  constructor(result: R, bytes: Chunk) {
    this.result = result;
    this.bytes = bytes;
  }
}

/** What a side that serves needs to know. */
export interface ServeOptions {
  /** Milliseconds without a word after which the other side counts as gone (option protocol-timeout). */
  timeout: number;
  /** Aborted to end it early; the reason is then thrown. */
  signal?: AbortSignal;
  /** Called once, when the other side is gone: whatever is under way for it is to end. */
  onEnd(): void;
}

const EMPTY: Chunk = new Uint8Array(0);

/** How long what is under way for a side that is gone may take to end, in milliseconds. */
const GRACE = 2000;

/**
 * Answers requests until the other side closes its end. Requests are worked on at the same time; what a method throws is
 * the answer. A method that is not in the table is error 39: nothing else is ever done for the other side. While an answer
 * is due signs of life are sent. Error 39 when the other side sends no frames, or nothing at all for too long.
 */
export async function serve(
  duplex: Duplex,
  methods: Readonly<Record<string, Method>>,
  options: ServeOptions,
): Promise<void> {
  const writer = duplex.writable.getWriter();
  const working = new Set<Promise<void>>();
  const life = setInterval(() => {
    if (working.size > 0) void writeFrame(writer, { head: { id: SIGN_OF_LIFE }, bytes: EMPTY });
  }, aliveInterval(options.timeout));
  try {
    await receive(duplex, options, (frame) => {
      const work = answer(frame, { methods, writer });
      working.add(work);
      void work.finally(() => working.delete(work));
    });
  } finally {
    clearInterval(life);
    options.onEnd();
    await patiently(Promise.allSettled(working));
    // What the other side no longer reads would never be written.
    await patiently(writer.close().catch(() => {}));
  }
}

/** Hands on whole frames until the other side closes its end. */
async function receive(
  { readable }: Duplex,
  { timeout, signal }: ServeOptions,
  take: (frame: Frame) => void,
): Promise<void> {
  const reader = readable.getReader();
  const frames = new FrameReader();
  let heard = Date.now();
  let stopped: unknown;
  const stop = (reason: unknown) => {
    stopped = reason;
    void reader.cancel().catch(() => {});
  };
  const watch = setInterval(() => {
    if (Date.now() - heard <= timeout) return;
    stop(new BackRestError("protocol", `nothing was heard from the other host for ${timeout}ms`));
  }, aliveInterval(timeout));
  const onAbort = () => stop(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal?.aborted) onAbort();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      heard = Date.now();
      frames.push(value as Chunk);
      for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
        if ((frame.head as Request).id !== SIGN_OF_LIFE) take(frame);
      }
    }
  } finally {
    clearInterval(watch);
    signal?.removeEventListener("abort", onAbort);
    void reader.cancel().catch(() => {});
  }
  if (stopped !== undefined) throw stopped;
}

async function answer(
  { head, bytes }: Frame,
  { methods, writer }: { methods: Readonly<Record<string, Method>>; writer: WritableStreamDefaultWriter<Uint8Array> },
): Promise<void> {
  const { id, method, params } = head as Request;
  let response: Response;
  let payload = EMPTY;
  try {
    const known = Object.hasOwn(methods, method) ? methods[method]! : undefined;
    if (known === undefined) throw new BackRestError("protocol", `method '${method}' is not served here`);
    const made = await known(params, bytes);
    const { result, bytes: own }: Answer = made instanceof WithBytes ? made : { result: made ?? null, bytes: EMPTY };
    response = { id, result };
    payload = own;
  } catch (error) {
    response = { id, error: toRecord(error) };
  }
  await writeFrame(writer, { head: response, bytes: payload });
}

/** All chunks of a frame are queued before anything else may be: frames never mix. */
async function writeFrame(writer: WritableStreamDefaultWriter<Uint8Array>, frame: Frame): Promise<void> {
  try {
    await Promise.all(encodeFrame(frame).map((chunk) => writer.write(chunk)));
  } catch {
    // The other side is gone; the reading end says so too.
  }
}

async function patiently(work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, GRACE);
  await Promise.race([work, late]);
  clearTimeout(timer);
}
