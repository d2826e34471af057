import type { Invocation } from "../../cli/invocation.ts";
import { asError, errorText } from "../../error.ts";
import type { WorkerPool } from "../../process/pool.ts";
import { spoolOf, writeStatus } from "../archive/spool/folder.ts";
import { GLOBAL } from "../archive/spool/status.ts";
import { commandPool } from "../work/pool.ts";
import { type BatchEnd, dropIfOver, pushBatch, type PushRun } from "./batch.ts";
import { newTurn, type Turn } from "./turn.ts";

/**
 * Pushes whatever PostgreSQL has marked as ready, ahead of its asking, and says in the spool what came of each file. Ends
 * when nothing is left, a file has failed, or archive-push-batch-size is reached. What concerns no single file is told to
 * all of them. With archive-resident it stays for the next call.
 */
export async function pushInBackground(invocation: Invocation): Promise<number> {
  const { configuration: { options, args } } = invocation;
  const spool = spoolOf(options);
  const turn = newTurn();
  await using threads = new PushThreads(invocation, turn);
  const run: PushRun = { invocation, spool, walFolder: args[0]!, turn, pool: (files) => threads.ofSize(files) };
  const idle = options.find("archive-resident");
  if (idle === undefined) {
    await pushAll(run);
    return 0;
  }
  const { ResidentPush } = await import("./resident.ts");
  await new ResidentPush(run, pushAll).stay(idle);
  return 0;
}

/** Pushes until nothing is left; true when all went well. What concerns no single file is told to all of them. */
async function pushAll(run: PushRun): Promise<boolean> {
  try {
    return await pushEverything(run);
  } catch (thrown) {
    const error = asError(thrown);
    await writeStatus(run.spool.out, GLOBAL, { ok: false, note: { code: error.code, text: errorText(error) } });
    throw error;
  }
}

/** What became ready in the meantime belongs to the run too. */
async function pushEverything(run: PushRun): Promise<boolean> {
  const { configuration: { options }, signal } = run.invocation;
  for (let left = options.need("archive-push-batch-size"); left > 0;) {
    signal.throwIfAborted();
    const { bytes, failed } = await pushOrDrop(run, left);
    if (failed) return false;
    if (bytes === 0) break;
    left -= bytes;
  }
  return true;
}

async function pushOrDrop(run: PushRun, limit: number): Promise<BatchEnd> {
  const end = await pushBatch(run, limit).catch(async (error: unknown) => {
    if (run.invocation.signal.aborted || !await dropIfOver(run)) throw error;
    return { bytes: 0, failed: false };
  });
  if (end.failed) await dropIfOver(run);
  return end;
}

/** Worker threads, started when the first file is to be pushed and as many as there is work for. */
class PushThreads implements AsyncDisposable {
  readonly #invocation: Invocation;
  readonly #turn: Turn;
  #pool: WorkerPool | undefined;
  #size = 0;

  constructor(invocation: Invocation, turn: Turn) {
    this.#invocation = invocation;
    this.#turn = turn;
  }

  /** Threads for so many files. Not while others of them are at work. */
  ofSize(files: number): WorkerPool {
    const { configuration: { options }, signal } = this.#invocation;
    const wanted = Math.min(files, options.need("process-max"));
    if (this.#pool !== undefined && this.#size >= wanted) return this.#pool;
    void this.#pool?.[Symbol.asyncDispose]();
    this.#size = wanted;
    return this.#pool = commandPool(this.#invocation, {
      kind: "archive-push",
      signal,
      size: wanted,
      setup: { turn: this.#turn },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.[Symbol.asyncDispose]();
  }
}
