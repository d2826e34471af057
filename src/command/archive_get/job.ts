import { openRepository, workerContext } from "../../context.ts";
import { asError } from "../../error.ts";
import type { JobServices } from "../../process/job.ts";
import { FILE_MODE } from "../../storage/posix_file.ts";
import { failureText, sumUpFailures } from "../archive/failures.ts";
import { writeStatus } from "../archive/spool/folder.ts";
import { fetchMatch } from "./fetch.ts";
import { deliver } from "./find.ts";
import type { GetJob } from "./get_job.ts";

/**
 * Runs in a worker: fetches a segment into the spool, whole and durable before it appears there, and with its warnings.
 * Error 42 when no form of it can be read. Returns the key of the repository it came from.
 */
export async function run(job: GetJob, services: JobServices): Promise<number> {
  const context = workerContext(services);
  const { name, folder } = job;
  const matches = job.matches.map((match) => ({ ...match, repository: openRepository(context, match.key) }));
  const warnings = [...job.warnings];
  const attempt = await deliver(matches, async (match) => {
    const beforeCommit = async () => {
      if (warnings.length === 0) return;
      await writeStatus(folder, name, { ok: true, note: { code: 0, text: warnings.join("\n") } });
    };
    try {
      await fetchMatch(match, `${folder}/${name}`, { mode: FILE_MODE, sync: true, beforeCommit });
    } catch (error) {
      warnings.push(failureText({ key: match.repository.key, error: asError(error) }));
      throw error;
    }
  });
  if (attempt.delivered !== undefined) return attempt.delivered.repository.key;
  throw sumUpFailures("fileRead", `unable to get ${name}:`, attempt.failures);
}
