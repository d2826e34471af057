import type { WorkerPool } from "../../process/pool.ts";
import type { Repository } from "../../repository/repository.ts";
import type { Findings } from "./findings.ts";
import type { CheckRun } from "./run_checks.ts";

/** What all parts of a verification work with. */
export interface VerifyRun {
  repository: Repository;
  findings: Findings;
  /** Decode every file, not only those without a checksum of their stored bytes. */
  content: boolean;
  /** Check the pages of relations. */
  pages: boolean;
  /** Whether a segment is to be verified; all are unless a single backup is. */
  isWanted(segment: string): boolean;
  /** Where checks are done, with the passphrase of the files. */
  checking(passphrase: string | undefined): Omit<CheckRun, "took">;
}

/** A run whose checks are done by a pool. */
export function verifyRun(
  parts: Omit<VerifyRun, "checking">,
  pool: WorkerPool,
): VerifyRun {
  return {
    ...parts,
    checking: (passphrase) => ({ pool, repoKey: parts.repository.key, passphrase }),
  };
}
