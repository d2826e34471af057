import { BackRestError, fail, fromRecord, toRecord } from "../error.ts";
import { Connections } from "../wire/connections.ts";
import type { FromWorker, Job, JobModule, JobServices, RetryRule, ToWorker, WorkerSetup } from "./job.ts";

/** How seldom progress is sent to the main thread, in milliseconds. */
const PROGRESS_INTERVAL = 100;

/** A worker thread seen from inside: where messages come from and go to. */
interface WorkerPort {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

/**
 * Runs jobs until the thread is ended from outside. `load` finds the module of a job kind. Every error of a job is
 * caught here and sent as a record; an uncaught one would end the thread or the process.
 */
export function runWorker(load: (kind: string) => Promise<JobModule>): void {
  const port = globalThis as unknown as WorkerPort;
  const controller = new AbortController();
  let seat: { setup: WorkerSetup; connections: Connections } | undefined;
  port.onmessage = ({ data }) => {
    if (data.kind === "setup") {
      const { setup, connections } = seat = sitDown(data.setup);
      // What fails here fails again in the first job, where it is told.
      load(data.setup.kind).then((module) => module.warmUp?.({ setup: setup.setup, connections })).catch(() => {});
    } else if (data.kind === "cancel") controller.abort(new BackRestError("term", "cancelled"));
    else if (data.kind === "end") void end(seat?.connections, port);
    else if (seat !== undefined) void work(data.job, seat.setup, { port, load, signal: controller.signal, ...seat });
  };
}

function sitDown(setup: WorkerSetup): { setup: WorkerSetup; connections: Connections } {
  return { setup, connections: new Connections(setup.number, new Int32Array(setup.connectGate)) };
}

async function end(connections: Connections | undefined, port: WorkerPort): Promise<void> {
  await connections?.[Symbol.asyncDispose]();
  port.postMessage({ kind: "ended" });
}

interface WorkerTools {
  port: WorkerPort;
  load(kind: string): Promise<JobModule>;
  signal: AbortSignal;
  connections: Connections;
}

async function work(job: Job, setup: WorkerSetup, tools: WorkerTools): Promise<void> {
  const progress = progressReporter(tools.port);
  const services = jobServices(setup, { ...tools, progress });
  const attempt = async () => await (await tools.load(job.kind)).run(job as never, services);
  const beforeRetry = () => progress.takeBack(0);
  const done = await withRetry(attempt, setup.retry, { signal: tools.signal, beforeRetry });
  progress.flush();
  tools.port.postMessage({ kind: "done", ...done });
}

function jobServices(
  setup: WorkerSetup,
  tools: Omit<WorkerTools, "load"> & { progress: ProgressReporter },
): JobServices {
  const flag = new Int32Array(setup.cancelFlag);
  return {
    setup: setup.setup,
    connections: tools.connections,
    signal: tools.signal,
    checkCancelled(): void {
      if (Atomics.load(flag, 0) === 1) fail("term", "cancelled");
    },
    progress: tools.progress.add,
    attempt: (part, options) => attemptPart(part, setup.retry, { ...tools, ...options }),
    log: (level, text) => tools.port.postMessage({ kind: "log", level, text }),
  };
}

async function attemptPart<T>(
  part: () => Promise<T>,
  rule: RetryRule,
  { signal, progress, spoilt }: { signal: AbortSignal; progress: ProgressReporter; spoilt?: () => boolean },
): Promise<T> {
  const before = progress.total();
  const { result, error } = await withRetry(part, rule, {
    signal,
    beforeRetry: () => progress.takeBack(before),
    ...(spoilt === undefined ? {} : { spoilt }),
  });
  if (error === undefined) return result as T;
  throw fromRecord(spoilt?.() ? error : { ...error, retry: false });
}

interface ProgressReporter {
  add(bytes: number): void;
  /** Bytes reported since the job began. */
  total(): number;
  /** Takes back what was reported since the total was this. */
  takeBack(total: number): void;
  flush(): void;
}

/** Collects progress and sends it now and then; a failed try takes back what it had reported. */
function progressReporter(port: WorkerPort): ProgressReporter {
  let unsent = 0;
  let total = 0;
  let last = Date.now();
  const flush = () => {
    if (unsent !== 0) port.postMessage({ kind: "progress", bytes: unsent });
    unsent = 0;
    last = Date.now();
  };
  return {
    add(bytes: number): void {
      unsent += bytes;
      total += bytes;
      if (Date.now() - last >= PROGRESS_INTERVAL) flush();
    },
    total: () => total,
    takeBack(before: number): void {
      unsent -= total - before;
      total = before;
    },
    flush,
  };
}

/** Outcome of a job after its retries: the first error is the one reported, later ones are its causes. */
export async function withRetry(
  attempt: () => Promise<unknown>,
  rule: RetryRule,
  tools: { signal: AbortSignal; beforeRetry(): void; spoilt?: () => boolean },
): Promise<{ result?: unknown; error?: ReturnType<typeof toRecord>; tries: number }> {
  const errors: BackRestError[] = [];
  for (let tries = 1;; tries++) {
    try {
      return { result: await attempt(), tries };
    } catch (thrown) {
      const record = toRecord(thrown);
      errors.push(fromRecord(record));
      const isOver = !record.retry || tries > rule.count || tools.signal.aborted || tools.spoilt?.();
      if (isOver) return { error: sumUp(errors), tries };
      tools.beforeRetry();
      if (tries > 1) await pause(rule.interval, tools.signal);
    }
  }
}

function sumUp(errors: BackRestError[]): ReturnType<typeof toRecord> {
  const [first, ...later] = errors.map(toRecord);
  return later.length === 0 ? first! : { ...first!, causes: [...(first!.causes ?? []), ...later] };
}

/** Waits, or returns at once when the run is cancelled. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
