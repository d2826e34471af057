import { type Chunk, PIECE_SIZE } from "./chunk.ts";
import type { Emit, Stage, StageResult } from "./stage.ts";

/** A stage at its place in the line. */
interface Post {
  stage: Stage;
  queue: Chunk[];
  /** True while the stage still holds input it has taken. */
  holding: boolean;
}

/**
 * Stages in a row, worked in steps of at most 1 MiB. The step is always taken as far down the line as possible, so no
 * queue ever holds more than one step's output, and whoever drives the line stops it between two steps when nobody wants
 * the output yet. The driver closes the line, also after an error.
 */
export class Line implements Disposable {
  readonly #posts: Post[];
  /** Where stage `i` puts its output is `#inputs[i + 1]`; the last one is the end of the line. */
  readonly #inputs: Emit[];
  readonly #check: (() => void) | undefined;
  #flushed = 0;
  #ended = false;
  #disposed = false;

  constructor(stages: Stage[], emit: Emit, check?: () => void) {
    this.#posts = stages.map((stage) => ({ stage, queue: [], holding: false }));
    const outputs = [...this.#posts.map(({ queue }): Emit => (chunk) => void queue.push(chunk)), emit];
    this.#inputs = outputs.map((output) => (chunk) => cut(chunk, output));
    this.#check = check;
  }

  /** Puts a chunk of any size at the head of the line. */
  feed(chunk: Chunk): void {
    this.#inputs[0]!(chunk);
  }

  /** Says that no further chunk will come; the stages are then flushed by the steps that follow. */
  end(): void {
    this.#ended = true;
  }

  /** True while a step would do something; never after disposing. */
  hasWork(): boolean {
    if (this.#disposed) return false;
    if (this.#ended && this.#flushed < this.#posts.length) return true;
    return this.#posts.some(({ holding, queue }) => holding || queue.length > 0);
  }

  /** Does one bounded piece of work; returns a promise only when a stage had to wait for something. */
  step(): void | Promise<void> {
    this.#check?.();
    for (let i = this.#posts.length - 1; i >= 0; i--) {
      const post = this.#posts[i]!;
      if (post.holding) {
        post.holding = post.stage.more!(this.#inputs[i + 1]!);
        return;
      }
      const chunk = post.queue.shift();
      if (chunk === undefined) continue;
      post.holding = post.stage.more !== undefined;
      return post.stage.push(chunk, this.#inputs[i + 1]!);
    }
    if (!this.#ended || this.#flushed === this.#posts.length) return;
    const at = this.#flushed++;
    return this.#posts[at]!.stage.flush(this.#inputs[at + 1]!);
  }

  /** What the stages learned, in their order; complete once the line has ended and no work is left. */
  results(): StageResult[] {
    return this.#posts.flatMap(({ stage }) => stage.result === undefined ? [] : [stage.result()]);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const { stage, queue } of this.#posts) {
      queue.length = 0;
      stage.close?.();
    }
  }
}

/** Hands a chunk on in pieces of at most 1 MiB, an empty one not at all. */
function cut(chunk: Chunk, output: Emit): void {
  if (chunk.length > 0 && chunk.length <= PIECE_SIZE) return output(chunk);
  for (let at = 0; at < chunk.length; at += PIECE_SIZE) output(chunk.subarray(at, at + PIECE_SIZE));
}
