import type { JobServices } from "../../process/job.ts";
import { copyPart } from "./copy_part.ts";
import { type CopyJob, type PartOutcome, placeOf } from "./copy_job.ts";

export { warmUp } from "../work/warm_up.ts";

/** Runs in a worker: a file is read once and written once to each repository, unless it is compared first. */
export async function run(job: CopyJob, services: JobServices): Promise<PartOutcome[]> {
  const parts = job.parts.map((part) => ({ ...part, settings: placeOf(part.settings, job) }));
  if (parts.length === 1) return [{ copied: await copyPart(parts[0]!, services) }];
  const { copyTogether } = await import("./copy_together.ts");
  return await copyTogether(parts, job.rows, services);
}
