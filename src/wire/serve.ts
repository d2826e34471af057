import { BackRestError, toRecord } from "../error.ts";
import type { Chunk } from "../stream/chunk.ts";
import type { Answer, Duplex, Request, Response } from "./call.ts";
import { encodeFrame, FrameReader } from "./frame.ts";

/** What a method is given, and what it gives back; bytes only where it has some. */
export type Method = (params: unknown, bytes: Chunk) => Promise<unknown> | unknown;

/** A result that carries bytes. */
export class WithBytes {
  readonly result: unknown;
  readonly bytes: Chunk;

  constructor(result: unknown, bytes: Chunk) {
    this.result = result;
    this.bytes = bytes;
  }
}

const EMPTY: Chunk = new Uint8Array(0);

/**
 * Answers requests until the other side closes its end. Requests are worked on at the same time; what a method throws is
 * the answer. A method that is not in the table is error 39: nothing else is ever done for the other side.
 */
export async function serve(duplex: Duplex, methods: Readonly<Record<string, Method>>): Promise<void> {
  const writer = duplex.writable.getWriter();
  const reader = duplex.readable.getReader();
  const frames = new FrameReader();
  const working = new Set<Promise<void>>();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    frames.push(value as Chunk);
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
      const work = answer(frame.head as Request, frame.bytes, { methods, writer });
      working.add(work);
      void work.finally(() => working.delete(work));
    }
  }
  await Promise.allSettled(working);
  await writer.close().catch(() => {});
}

async function answer(
  { id, method, params }: Request,
  bytes: Chunk,
  { methods, writer }: { methods: Readonly<Record<string, Method>>; writer: WritableStreamDefaultWriter<Uint8Array> },
): Promise<void> {
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
  // Both chunks of a frame are queued before anything else may be: frames never mix.
  const writes = encodeFrame({ head: response, bytes: payload }).map((chunk) => writer.write(chunk));
  await Promise.all(writes).catch(() => {});
}
