import { BackRestError } from "../error.ts";
import { type Chunk, PIECE_SIZE } from "../stream/chunk.ts";
import type { Answer } from "../wire/call.ts";
import type { StageSpec } from "../stream/stage.ts";
import type { Committed, Sink, SinkPart } from "./storage.ts";

/** Bytes that may be on their way before the other side has taken them. */
const WINDOW = 4 * 1024 * 1024;

/** Asks for a step of one file. */
export type SinkCall = (method: string, params: object, bytes?: Chunk) => Promise<Answer>;

/** A file written on another host. Steps are sent without waiting for answers; the first failure shows at the latest at commit. */
export class RemoteSink implements Sink {
  readonly #call: SinkCall;
  /** Steps whose answers are still to come, with their sizes in bytes. */
  readonly #sent: { answer: Promise<Answer>; size: number }[] = [];
  #underWay = 0;
  #ended = false;

  constructor(opened: Promise<Answer>, call: SinkCall) {
    this.#call = call;
    this.#send(opened, 0);
  }

  #send(answer: Promise<Answer>, size: number): void {
    answer.catch(() => {});
    this.#sent.push({ answer, size });
    this.#underWay += size;
  }

  async write(chunk: Chunk): Promise<void> {
    for (let at = 0; at < chunk.length; at += PIECE_SIZE) {
      const piece = chunk.subarray(at, at + PIECE_SIZE);
      this.#send(this.#call("put", {}, piece), piece.length);
      while (this.#underWay > WINDOW) await this.#settle();
    }
  }

  part(stages: readonly StageSpec[]): SinkPart {
    this.#send(this.#call("part", { stages }), 0);
    return {
      write: (chunk) => this.write(chunk),
      abandon: async () => (await this.#call("dropPart", {})).result as number,
      end: async () => {
        const ended = this.#call("endPart", {});
        ended.catch(() => {});
        while (this.#sent.length > 0) await this.#settle();
        return (await ended).result as Awaited<ReturnType<SinkPart["end"]>>;
      },
    };
  }

  async #settle(): Promise<void> {
    const first = this.#sent.shift()!;
    this.#underWay -= first.size;
    await first.answer;
  }

  async commit(): Promise<Committed> {
    const committed = this.#call("commit", {});
    committed.catch(() => {});
    this.#ended = true;
    while (this.#sent.length > 0) await this.#settle();
    return (await committed).result as Committed;
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    try {
      await this.#call("abort", {});
    } catch (error) {
      // Where the file could not be opened there is nothing to abort, where the connection is gone the other side does it.
      if (!(error instanceof BackRestError)) throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.abort();
  }
}
