import type { Chunk } from "./chunk.ts";
import { Demand } from "./demand.ts";
import { Line } from "./line.ts";
import type { Stage, StageResult } from "./stage.ts";

/**
 * A line as a transform stream. Chunks are made only when the reader asks for them, so at most one step's output waits.
 * It is synchronous as long as no stage and no reader has to be waited for. The stages are closed at the end, after an
 * error, and when either side is aborted or cancelled; an error arrives at both sides.
 */
export class LineStream implements Disposable {
  readonly transform: TransformStream<Chunk, Chunk>;
  readonly #line: Line;
  readonly #demand = new Demand();
  #readable!: ReadableStreamDefaultController<Chunk>;
  #writable!: WritableStreamDefaultController;
  #results: StageResult[] | undefined;

  constructor(stages: Stage[], check?: () => void) {
    this.#line = new Line(stages, (chunk) => this.#handOn(chunk), check);
    this.transform = { readable: this.#readableSide(), writable: this.#writableSide() };
  }

  /** What the stages learned; undefined before the end. */
  get results(): StageResult[] | undefined {
    return this.#results;
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }

  #readableSide(): ReadableStream<Chunk> {
    return new ReadableStream<Chunk>({
      start: (controller) => void (this.#readable = controller),
      pull: () => this.#demand.raise(),
      cancel: (reason) => {
        this.#stop(reason);
        this.#writable.error(reason);
      },
    }, { highWaterMark: 0 });
  }

  #writableSide(): WritableStream<Chunk> {
    return new WritableStream<Chunk>({
      start: (controller) => {
        this.#writable = controller;
        controller.signal.addEventListener("abort", () => this.#stop(controller.signal.reason));
      },
      write: (chunk) => this.#guard(() => this.#write(chunk)),
      close: () => this.#guard(() => this.#end()),
    });
  }

  #handOn(chunk: Chunk): void {
    this.#demand.meet();
    this.#readable.enqueue(chunk);
  }

  #write(chunk: Chunk): void | Promise<void> {
    this.#line.feed(chunk);
    return this.#work();
  }

  async #end(): Promise<void> {
    this.#line.end();
    await this.#work();
    // Refused when the other side has been cancelled meanwhile; what the stages know is then worth nothing.
    this.#readable.close();
    this.#results = this.#line.results();
    this.#line[Symbol.dispose]();
  }

  /** Works until nothing is left to do, pausing while nobody asks for output. */
  #work(): void | Promise<void> {
    while (this.#line.hasWork()) {
      const wait = this.#demand.raised ? this.#line.step() : this.#demand.next();
      if (wait !== undefined) return this.#workAfter(wait);
    }
  }

  async #workAfter(wait: Promise<void>): Promise<void> {
    await wait;
    while (this.#line.hasWork()) {
      const next = this.#demand.raised ? this.#line.step() : this.#demand.next();
      if (next !== undefined) await next;
    }
  }

  /** Runs a task and stops everything when it fails, at once or later. */
  #guard(task: () => void | Promise<void>): void | Promise<void> {
    const failed = (error: unknown): never => {
      this.#stop(error);
      throw error;
    };
    try {
      return task()?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #stop(reason: unknown): void {
    this.#line[Symbol.dispose]();
    this.#demand.refuse(reason);
    this.#readable.error(reason);
  }
}
