import { openRepository, workerContext } from "../../context.ts";
import { patchFile } from "./patch_file.ts";
import type { JobServices } from "../../process/job.ts";
import { Commits } from "../../storage/commits.ts";
import { PartReader, readAheadEnds, type StoredPart } from "../../storage/parts.ts";
import { isBlockFile } from "./block_file.ts";
import { judgeExisting, type Judgement, setAttributes, writeZeros } from "./existing_file.ts";
import type { RestoredState, RestoreFile, RestoreJob, RestoreSettings } from "./restore_job.ts";
import { openAhead, writeFile } from "./write_file.ts";

export { warmUp } from "../work/warm_up.ts";

/**
 * Runs in a worker; the result has a state for each file of the job. First it is found out which files have to be written,
 * then those are, what is stored side by side being read in one go.
 */
export async function run(job: RestoreJob, services: JobServices): Promise<RestoredState[]> {
  const { settings, files } = job;
  const repository = openRepository(workerContext(services), settings.repoKey);
  using reader = new PartReader(repository.storage);
  const judged: Judgement[] = [];
  for (const file of files) {
    services.checkCancelled();
    judged.push(await withoutWriting(file, { settings, services }));
  }
  const wanted = [...files.entries()].filter(([i]) => judged[i]!.state === undefined);
  const ends = readAheadEnds(wanted.map(([, file]) => isBlockFile(file) ? NOTHING : file.stored ?? NOTHING));
  using ahead = openAhead(wanted.map(([, file]) => file), ends, { settings, repository });
  const tools = { settings, repository, services, reader, ahead };
  await using commits = new Commits();
  for (const [n, [i, file]] of wanted.entries()) {
    services.checkCancelled();
    const { blocks } = judged[i]!;
    const sink = await services.attempt(async () => {
      const isPatched = isBlockFile(file) && blocks !== undefined && await patchFile(file, blocks, tools);
      return isPatched ? undefined : await writeFile(file, ends[n]!, tools);
    });
    if (sink !== undefined) await commits.add(sink);
  }
  await commits.end();
  return files.map(({ stored }, i) => judged[i]!.state ?? (stored === undefined ? "empty" : "written"));
}

/** What is stored of an empty file. */
const NOTHING: StoredPart = { path: "", offset: 0, length: 0 };

async function withoutWriting(
  file: RestoreFile,
  { settings, services }: { settings: RestoreSettings; services: JobServices },
): Promise<Judgement> {
  if (file.zeroed) return { state: writeZeros(file) };
  const judgement = await judgeExisting(file, { settings, services });
  if (judgement.state === undefined) return judgement;
  setAttributes(file);
  services.progress(file.size);
  return judgement;
}
