import { openRepository, otherHost, workerContext } from "../../context.ts";
import type { Job, JobServices } from "../../process/job.ts";
import type { Repository } from "../../repository/repository.ts";
import { examine } from "./examine.ts";
import { OpenFile } from "./open_file.ts";
import type { CheckFinding, StoredCheck } from "./stored_check.ts";

export { warmUp } from "../work/warm_up.ts";

/** Compares some stored files with what they have to be. */
export interface VerifyJob extends Job {
  kind: "verify-stored";
  repoKey: number;
  /** Passphrase of these files. */
  passphrase?: string;
  checks: StoredCheck[];
  /** Folders of the backups of the chain, in the order block maps refer to them. */
  references?: readonly string[];
}

/**
 * Runs in a worker; gives what is to be said about the files, nothing for those that are as they should be. The bytes of a
 * repository on another host are looked at there.
 */
export async function run(job: VerifyJob, services: JobServices): Promise<CheckFinding[]> {
  const context = workerContext(services);
  const connect = otherHost(context, { serves: "repo", key: job.repoKey });
  if (connect === undefined) return await checkStored(job, openRepository(context, job.repoKey), services);
  const { findings, bytes } = (await (await connect()).call("verify", job)).result as VerifyAnswer;
  services.progress(bytes);
  return findings;
}

/** What the host of a repository says about a job. */
export interface VerifyAnswer {
  findings: CheckFinding[];
  /** Bytes that were read. */
  bytes: number;
}

/** Does the checks of a job in a repository of this host. */
export async function checkStored(
  { checks, passphrase, references = [] }: VerifyJob,
  repository: Repository,
  services: Pick<JobServices, "signal" | "checkCancelled" | "progress">,
): Promise<CheckFinding[]> {
  const { createHash } = await import("node:crypto");
  using files = new OpenFile(repository.storage);
  const findings: CheckFinding[] = [];
  for (const [index, check] of checks.entries()) {
    services.checkCancelled();
    const finding = await examine(check, { repository, files, services, createHash, passphrase, references });
    if (finding !== undefined) findings.push({ index, ...finding });
  }
  return findings;
}
