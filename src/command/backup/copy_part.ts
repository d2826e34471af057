import { openDataFolder, openRepository, workerContext } from "../../context.ts";
import type { JobServices } from "../../process/job.ts";
import { copyFile, type CopyTools, openAhead } from "./copy_file.ts";
import type { CopiedFile, CopyPart } from "./copy_job.ts";
import { Bundle, ownFiles } from "./target.ts";

/** What copying a part works with; the target is the caller's to dispose. */
export function openPart({ settings, bundle }: CopyPart, services: JobServices): CopyTools {
  const context = workerContext(services);
  const repository = openRepository(context, settings.repoKey);
  const source = openDataFolder(context, settings.pgKey);
  const target = bundle === undefined
    ? ownFiles(repository.storage, settings)
    : new Bundle(repository.storage, { folder: settings.folder, id: bundle });
  return { settings, repository, source, target, services };
}

/** Copies the files of a part, each tried again where that may help. */
export async function copyPart(part: CopyPart, services: JobServices): Promise<CopiedFile[]> {
  const opened = openPart(part, services);
  await using target = opened.target;
  using ahead = openAhead(part, opened);
  const tools = { ...opened, ahead };
  const copied: CopiedFile[] = [];
  for (const file of part.files) {
    services.checkCancelled();
    copied.push(await services.attempt(() => copyFile(file, tools), target));
  }
  await target.commit();
  return copied;
}
