import type { Invocation } from "../../cli/invocation.ts";
import { formatPercent, formatSize } from "../../cli/size.ts";
import type { Place } from "../../context.ts";
import { fromRecord } from "../../error.ts";
import type { WorkerPool } from "../../process/pool.ts";
import { commandPool } from "../work/pool.ts";
import { trackProgress } from "../work/progress.ts";
import type { RestoredState, RestoreFile, RestoreJob, RestoreSettings } from "./restore_job.ts";

/** What the copy phase works on. */
export interface RestoreRun {
  settings: RestoreSettings;
  queue: Iterable<RestoreFile[]>;
  /** Bytes of all files. */
  total: number;
}

/**
 * Starts the threads of a restore, which connect to the host of the repository, where that is sure, while it is found out
 * what there is to do; the caller disposes them.
 */
export function startRestorePool(invocation: Invocation): WorkerPool {
  const { signal, configuration: { options } } = invocation;
  const [key, ...others] = options.selected("repo");
  // Of several repositories it is not known yet which it will be, and a person is asked by one ssh at a time.
  const mayConnect = others.length === 0 && !Deno.stdin.isTerminal();
  const hosts: Place[] = mayConnect ? [{ serves: "repo", key: key! }] : [];
  return commandPool(invocation, { kind: "restore-copy", early: true, hosts, signal });
}

/** Restores what the queue gives. The first error of a job ends it. */
export async function restoreFiles(invocation: Invocation, pool: WorkerPool, run: RestoreRun): Promise<void> {
  using progress = trackProgress(invocation, { label: "restore", total: run.total });
  pool.onProgress = progress.add;
  let done = 0;
  for await (const outcome of pool.run<RestoreJob, RestoredState[]>(jobsOf(run))) {
    if (outcome.error !== undefined) throw fromRecord(outcome.error);
    for (const [i, state] of outcome.result!.entries()) {
      const file = outcome.job.files[i]!;
      done += file.size;
      logFile(invocation, { file, state, worker: outcome.worker, share: formatPercent(done, run.total) });
    }
  }
}

function* jobsOf({ queue, settings }: RestoreRun): Generator<RestoreJob> {
  for (const files of queue) yield { kind: "restore-copy", settings, files };
}

function logFile(
  { log }: Invocation,
  { file, state, worker, share }: { file: RestoreFile; state: RestoredState; worker: number; share: string },
): void {
  if (!log.takes("detail")) return;
  const kept = state === "matches"
    ? " - exists and matches backup"
    : state === "sameTime"
    ? ` - exists and matches size ${file.size} and modification time ${file.time}`
    : "";
  const checksum = file.size === 0 || state === "zeroed" ? "" : ` checksum ${file.checksum}`;
  log.log(
    "detail",
    `restore ${state === "zeroed" ? "zeroed " : ""}file ${file.path}${kept} (${
      formatSize(file.size)
    }, ${share})${checksum}`,
    {
      process: worker,
    },
  );
}
