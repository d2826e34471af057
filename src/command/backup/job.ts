import { openDataFolder, openRepository, workerContext } from "../../context.ts";
import type { JobServices } from "../../process/job.ts";
import { copyFile } from "./copy_file.ts";
import type { CopiedFile, CopyJob } from "./copy_job.ts";

/** Runs in a worker: a file is read once and written once, unless it is compared first. */
export async function run(job: CopyJob, services: JobServices): Promise<CopiedFile[]> {
  const context = workerContext(services);
  const repository = openRepository(context, job.settings.repoKey);
  const source = openDataFolder(context, job.settings.pgKey);
  const copied: CopiedFile[] = [];
  for (const file of job.files) {
    services.checkCancelled();
    copied.push(await copyFile(file, { settings: job.settings, repository, source, services }));
  }
  return copied;
}
