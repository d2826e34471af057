import { openRepository, workerContext } from "../../context.ts";
import type { Job, JobServices } from "../../process/job.ts";
import { examine } from "./examine.ts";
import { OpenFile } from "./open_file.ts";
import type { CheckFinding, StoredCheck } from "./stored_check.ts";

/** Compares some stored files with what they have to be. */
export interface VerifyJob extends Job {
  kind: "verify-stored";
  repoKey: number;
  /** Passphrase of these files. */
  passphrase?: string;
  checks: StoredCheck[];
}

/** Runs in a worker; gives what is to be said about the files, nothing for those that are as they should be. */
export async function run(job: VerifyJob, services: JobServices): Promise<CheckFinding[]> {
  const repository = openRepository(workerContext(services), job.repoKey);
  const { createHash } = await import("node:crypto");
  using files = new OpenFile(repository.storage);
  const findings: CheckFinding[] = [];
  for (const [index, check] of job.checks.entries()) {
    services.checkCancelled();
    const finding = await examine(check, { repository, files, services, createHash, passphrase: job.passphrase });
    if (finding !== undefined) findings.push({ index, ...finding });
  }
  return findings;
}
