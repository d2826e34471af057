import { fromRecord } from "../../error.ts";
import type { WorkerPool } from "../../process/pool.ts";
import type { VerifyJob } from "./job.ts";
import type { CheckFinding, StoredCheck } from "./stored_check.ts";

/** Small files go to a worker together, up to this many bytes or files. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_FILES = 256;

/** A check and how many bytes it will read. */
export interface WeighedCheck {
  check: StoredCheck;
  bytes: number;
}

/** Where checks are done, and how. */
export interface CheckRun {
  pool: WorkerPool;
  repoKey: number;
  /** Of the files that are checked. */
  passphrase: string | undefined;
  /** Folders of the backups of the chain, in the order block maps refer to them. */
  references?: readonly string[];
  /** Told about every check, with what there is to say about the file. */
  took(check: StoredCheck, finding: CheckFinding | undefined, worker: number): void;
}

/** Does checks in worker threads, in about their order. Throws what is not the fault of a file. */
export async function runChecks(checks: Iterable<WeighedCheck>, run: CheckRun): Promise<void> {
  const jobs = oneAhead(jobsOf(checks, run));
  for await (const { job, result, error, worker } of run.pool.run<VerifyJob, CheckFinding[]>(jobs)) {
    if (error !== undefined) throw fromRecord(error);
    const findings = new Map(result!.map((finding) => [finding.index, finding]));
    for (const [index, check] of job.checks.entries()) run.took(check, findings.get(index), worker);
  }
}

/** The same items, but each is made as soon as the one before was taken: while the workers are busy. */
function oneAhead<T>(items: Iterator<T>): Iterator<T> {
  let ahead: (() => IteratorResult<T>) | undefined;
  const prepare = () => {
    if (ahead !== undefined) return;
    try {
      const item = items.next();
      ahead = () => item;
    } catch (error) {
      ahead = () => {
        throw error;
      };
    }
  };
  return {
    next() {
      prepare();
      const taken = ahead!();
      ahead = undefined;
      if (taken.done !== true) queueMicrotask(prepare);
      return taken;
    },
  };
}

function* jobsOf(checks: Iterable<WeighedCheck>, { repoKey, passphrase, references }: CheckRun): Generator<VerifyJob> {
  const job = (batch: StoredCheck[]): VerifyJob => ({
    kind: "verify-stored",
    repoKey,
    checks: batch,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(references === undefined ? {} : { references }),
  });
  let batch: StoredCheck[] = [];
  let filled = 0;
  for (const { check, bytes } of checks) {
    if (batch.length === BATCH_FILES || batch.length > 0 && filled + bytes > BATCH_BYTES) {
      yield job(batch);
      [batch, filled] = [[], 0];
    }
    batch.push(check);
    filled += bytes;
  }
  if (batch.length > 0) yield job(batch);
}
