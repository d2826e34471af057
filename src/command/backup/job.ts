import { openDataFolder, openRepository, workerContext } from "../../context.ts";
import type { JobServices } from "../../process/job.ts";
import type { Repository } from "../../repository/repository.ts";
import { copyFile } from "./copy_file.ts";
import { type CopiedFile, type CopyJob, placeOf } from "./copy_job.ts";
import { Bundle, type CopyTarget, ownFiles } from "./target.ts";

export { warmUp } from "../work/warm_up.ts";

/** Where the files of a job go. */
function openTarget({ settings, bundle }: CopyJob, { storage }: Repository): CopyTarget {
  return bundle === undefined
    ? ownFiles(storage, settings)
    : new Bundle(storage, { folder: settings.folder, id: bundle });
}

/** Runs in a worker: a file is read once and written once, unless it is compared first. */
export async function run(job: CopyJob, services: JobServices): Promise<CopiedFile[]> {
  const context = workerContext(services);
  const repository = openRepository(context, job.settings.repoKey);
  const settings = placeOf(job);
  const source = openDataFolder(context, settings.pgKey);
  await using target = openTarget(job, repository);
  const copied: CopiedFile[] = [];
  for (const file of job.files) {
    services.checkCancelled();
    const copy = () => copyFile(file, { settings, repository, source, target, services });
    copied.push(await services.attempt(copy, target));
  }
  await target.commit();
  return copied;
}
