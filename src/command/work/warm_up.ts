import { otherHost, type Place, workerContext } from "../../context.ts";
import type { WorkerPlace } from "../../process/job.ts";

/** What the workers of a pool open while there is no job yet. */
export interface EarlySetup {
  /** Clusters and repositories whose hosts the jobs will need. */
  hosts?: readonly Place[];
}

/** For the modules of jobs on files: hashing and compression, which nearly every one needs, and the hosts of its pool. */
export async function warmUp(worker: WorkerPlace): Promise<void> {
  const { hosts = [] } = worker.setup as EarlySetup;
  await Promise.all([
    ...hosts.map((place) => otherHost(workerContext(worker), place)?.()),
    import("node:crypto"),
    import("node:zlib"),
  ]);
}
