import type { Invocation } from "../../cli/invocation.ts";
import type { Place, WorkerContext } from "../../context.ts";
import { startPool, type WorkerPool } from "../../process/pool.ts";
import type { EarlySetup } from "./warm_up.ts";

/** What a command's pool differs in from others. */
export interface PoolChoices {
  /** Kind of the jobs. */
  kind: string;
  /** True where jobs are sure to come soon. */
  early?: boolean;
  /** Hosts that threads which start early connect to at once. */
  hosts?: readonly Place[];
  signal: AbortSignal;
  /** Number of threads; default process-max. */
  size?: number;
  /** Plain data for the jobs, besides the configuration. */
  setup?: Record<string, unknown>;
}

/** Worker threads for a command, as many as process-max, with its retry rules and log. The caller disposes them. */
export function commandPool({ configuration, log }: Invocation, choices: PoolChoices): WorkerPool {
  const { options } = configuration;
  const context: WorkerContext = { configuration: configuration.data };
  const early: EarlySetup = choices.hosts === undefined ? {} : { hosts: choices.hosts };
  return startPool({
    kind: choices.kind,
    early: choices.early ?? false,
    size: choices.size ?? options.need("process-max"),
    setup: { ...choices.setup, ...context, ...early },
    retry: { count: options.need("job-retry"), interval: options.need("job-retry-interval") },
    signal: choices.signal,
    onLog: (level, text, worker) => log.log(level, text, { process: worker }),
  });
}
