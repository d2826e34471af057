import { openRepository, workerContext } from "../../context.ts";
import type { JobServices } from "../../process/job.ts";
import { PartReader, readAheadEnds, type StoredPart } from "../../storage/parts.ts";
import { judgeExisting, setAttributes, writeZeros } from "./existing_file.ts";
import type { RestoredState, RestoreFile, RestoreJob, RestoreSettings } from "./restore_job.ts";
import { writeFile } from "./write_file.ts";

/**
 * Runs in a worker; the result has a state for each file of the job. First it is found out which files have to be written,
 * then those are, what is stored side by side being read in one go.
 */
export async function run(job: RestoreJob, services: JobServices): Promise<RestoredState[]> {
  const { settings, files } = job;
  const repository = openRepository(workerContext(services), settings.repoKey);
  using reader = new PartReader(repository.storage);
  const states: (RestoredState | undefined)[] = [];
  for (const file of files) {
    services.checkCancelled();
    states.push(await withoutWriting(file, { settings, services }));
  }
  const wanted = files.filter((_, i) => states[i] === undefined);
  const ends = readAheadEnds(wanted.map(({ stored }) => stored ?? NOTHING));
  for (const [i, file] of wanted.entries()) {
    services.checkCancelled();
    await services.attempt(() => writeFile(file, ends[i]!, { settings, repository, services, reader }));
  }
  return files.map(({ stored }, i) => states[i] ?? (stored === undefined ? "empty" : "written"));
}

/** What is stored of an empty file. */
const NOTHING: StoredPart = { path: "", offset: 0, length: 0 };

async function withoutWriting(
  file: RestoreFile,
  { settings, services }: { settings: RestoreSettings; services: JobServices },
): Promise<RestoredState | undefined> {
  if (file.zeroed) return writeZeros(file);
  const kept = await judgeExisting(file, { settings, services });
  if (kept === undefined) return undefined;
  setAttributes(file);
  services.progress(file.size);
  return kept;
}
