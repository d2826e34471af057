import type { Invocation } from "../../cli/invocation.ts";
import type { WorkerContext } from "../../context.ts";
import { startPool, type WorkerPool } from "../../process/pool.ts";

/** Worker threads for a command, as many as process-max, with its retry rules and log. The caller disposes them. */
export function commandPool(
  { configuration, log }: Invocation,
  { signal, onProgress }: { signal: AbortSignal; onProgress(bytes: number): void },
): WorkerPool {
  const { options } = configuration;
  const setup: WorkerContext = { configuration: configuration.data };
  return startPool({
    size: options.need("process-max"),
    setup,
    retry: { count: options.need("job-retry"), interval: options.need("job-retry-interval") },
    signal,
    onProgress,
    onLog: (level, text, worker) => log.log(level, text, { process: worker }),
  });
}
