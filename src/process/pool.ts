import { BackRestError, type ErrorRecord, toRecord } from "../error.ts";
import type { FromWorker, Job, JobOutcome, RetryRule, ToWorker, WorkerLogLevel } from "./job.ts";
import { startWorker } from "./self.ts";

/**
 * How long a worker has to come to its end, in milliseconds, when it is cancelled and when it closes its connections; a
 * thread in a system call cannot be ended.
 */
const GRACE = 2000;

/** What a pool needs. */
export interface PoolOptions {
  /** Number of worker threads. */
  size: number;
  /** Kind of the jobs to come: threads load its module at once. */
  kind: string;
  /** True starts all threads at once, for jobs that are sure to come soon; otherwise each starts with its first job. */
  early: boolean;
  /** Plain data that every worker gets once. */
  setup: unknown;
  retry: RetryRule;
  /** Aborting it cancels the jobs under way. */
  signal: AbortSignal;
  onLog(level: WorkerLogLevel, text: string, worker: number): void;
}

/** Worker threads that take jobs one at a time. Disposing ends the threads. */
export interface WorkerPool extends AsyncDisposable {
  /** Told how many bytes were done; a failed try takes its bytes back with a negative number. */
  onProgress: (bytes: number) => void;
  /**
   * Runs every job the iterator gives, in its order, and yields outcomes as they come. The consumer decides what a
   * failed outcome means; leaving the loop cancels what is under way. One run at a time. Jobs that are given `apart` are
   * done by the last worker only, which does no others before.
   */
  run<J extends Job, R>(jobs: Iterator<J>, apart?: Iterator<J>): AsyncGenerator<JobOutcome<J, R>>;
}

/** Starts the threads of a pool. */
export function startPool(options: PoolOptions): WorkerPool {
  return new ThreadPool(options);
}

interface Seat {
  number: number;
  /** Undefined until it is wanted. */
  thread: Worker | undefined;
  /** The job under way. */
  job: Job | undefined;
  /** True from its start until it has closed what it opened. */
  open: boolean;
}

class ThreadPool implements WorkerPool {
  readonly #options: PoolOptions;
  readonly #cancelFlag = new SharedArrayBuffer(4);
  readonly #connectGate = new SharedArrayBuffer(4);
  readonly #seats: Seat[] = [];
  readonly #outcomes: JobOutcome<Job, unknown>[] = [];
  #wake: () => void = () => {};

  onProgress = (_bytes: number): void => {};

  constructor(options: PoolOptions) {
    this.#options = options;
    for (let number = 1; number <= options.size; number++) {
      this.#seats.push({ number, thread: undefined, job: undefined, open: false });
    }
    if (options.early) { for (const seat of this.#seats) this.#start(seat); }
    options.signal.addEventListener("abort", this.#cancel);
  }

  #start(seat: Seat): void {
    const { number } = seat;
    const thread = seat.thread = startWorker();
    seat.open = true;
    thread.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(seat, data);
    thread.onerror = (event) => {
      event.preventDefault();
      this.#bury(seat, event.message);
    };
    const { setup, retry, kind } = this.#options;
    const shared = { cancelFlag: this.#cancelFlag, connectGate: this.#connectGate };
    this.#send(seat, { kind: "setup", setup: { setup, number, kind, retry, ...shared } });
  }

  #send(seat: Seat, message: ToWorker): void {
    seat.thread?.postMessage(message);
  }

  #receive(seat: Seat, message: FromWorker): void {
    if (message.kind === "progress") return this.onProgress(message.bytes);
    if (message.kind === "ended") return this.#left(seat);
    if (message.kind === "log") return this.#options.onLog(message.level, message.text, seat.number);
    const { result, error, tries } = message;
    this.#finish(seat, { tries, ...(error === undefined ? { result } : { error }) });
  }

  #finish(seat: Seat, end: { tries: number; result?: unknown; error?: ErrorRecord }): void {
    if (seat.job === undefined) return;
    this.#outcomes.push({ job: seat.job, worker: seat.number, ...end });
    seat.job = undefined;
    this.#wake();
  }

  #left(seat: Seat): void {
    seat.open = false;
    this.#wake();
  }

  /** A thread that died takes its job with it; the next job gets another. */
  #bury(seat: Seat, reason: string): void {
    seat.thread?.terminate();
    seat.thread = undefined;
    seat.open = false;
    const error = toRecord(new BackRestError("assert", `worker ${seat.number} ended unexpectedly: ${reason}`));
    this.#finish(seat, { tries: 1, error });
  }

  readonly #cancel = (): void => {
    Atomics.store(new Int32Array(this.#cancelFlag), 0, 1);
    for (const seat of this.#seats) this.#send(seat, { kind: "cancel" });
    this.#wake();
  };

  async *run<J extends Job, R>(jobs: Iterator<J>, apart?: Iterator<J>): AsyncGenerator<JobOutcome<J, R>> {
    const all = endless(jobs);
    const own = apart && endless(apart);
    try {
      for (;;) {
        this.#options.signal.throwIfAborted();
        for (const seat of this.#seats) {
          if (seat.job !== undefined) continue;
          const isLast = seat.number === this.#seats.length;
          const next = isLast ? own?.next() ?? all.next() : all.next();
          if (next !== undefined) this.#give(seat, next);
        }
        while (this.#outcomes.length > 0) yield this.#outcomes.shift() as JobOutcome<J, R>;
        if (this.#seats.every((seat) => seat.job === undefined)) {
          if (all.isEmpty() && own?.isEmpty() !== false) return;
        } else if (this.#outcomes.length === 0) await this.#nextEvent();
      }
    } finally {
      if (this.#seats.some((seat) => seat.job !== undefined)) {
        this.#cancel();
        await this.#settle();
      }
      this.#outcomes.length = 0;
    }
  }

  #give(seat: Seat, job: Job): void {
    if (seat.thread === undefined) this.#start(seat);
    seat.job = job;
    this.#send(seat, { kind: "job", job });
  }

  #nextEvent(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  /** Waits for the jobs under way to notice that they are cancelled, but not for ever. */
  async #settle(): Promise<void> {
    await this.#patiently(() => this.#seats.every((seat) => seat.job === undefined));
  }

  async #patiently(isDone: () => boolean): Promise<void> {
    const deadline = Date.now() + GRACE;
    const timer = setInterval(() => this.#wake(), 50);
    while (!isDone() && Date.now() < deadline) await this.#nextEvent();
    clearInterval(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal.removeEventListener("abort", this.#cancel);
    if (this.#seats.some((seat) => seat.job !== undefined)) {
      this.#cancel();
      await this.#settle();
    }
    for (const seat of this.#seats) if (seat.open) this.#send(seat, { kind: "end" });
    await this.#patiently(() => this.#seats.every((seat) => !seat.open));
    for (const seat of this.#seats) seat.thread?.terminate();
  }
}

/** Items one by one, undefined behind the last however often it is asked for. */
function endless<T>(items: Iterator<T>): { next(): T | undefined; isEmpty(): boolean } {
  let isEmpty = false;
  return {
    next() {
      if (isEmpty) return undefined;
      const { done, value } = items.next();
      isEmpty = done === true;
      return isEmpty ? undefined : value;
    },
    isEmpty: () => isEmpty,
  };
}
