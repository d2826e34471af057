import { openRepository, workerConfiguration } from "../../context.ts";
import type { JobServices } from "../../process/job.ts";
import { posixStorage } from "../../storage/posix.ts";
import { copyFile } from "./copy_file.ts";
import type { CopiedFile, CopyJob } from "./copy_job.ts";

/** Runs in a worker: a file is read once and written once, unless it is compared first. */
export async function run(job: CopyJob, services: JobServices): Promise<CopiedFile[]> {
  const repository = openRepository(workerConfiguration(services.setup), job.settings.repoKey);
  const source = posixStorage(job.settings.pgPath);
  const copied: CopiedFile[] = [];
  for (const file of job.files) {
    services.checkCancelled();
    copied.push(await copyFile(file, { settings: job.settings, repository, source, services }));
  }
  return copied;
}
