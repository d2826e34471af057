import type { Invocation } from "../../cli/invocation.ts";
import type { BackRestError } from "../../error.ts";
import { blockFor } from "../../process/sleep.ts";
import type { ClusterIdentity } from "../../repository/info/history.ts";
import type { Repository } from "../../repository/repository.ts";
import { failureText, type RepositoryFailure, sumUpFailures } from "../archive/failures.ts";
import { fetchMatch } from "./fetch.ts";
import { deliver, findInArchives } from "./find.ts";

/** First and longest pause between two tries in milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

/** What PostgreSQL wants. */
export interface Wanted {
  readonly name: string;
  /** Absolute path. */
  readonly destination: string;
  readonly cluster: ClusterIdentity;
  readonly repositories: readonly Repository[];
}

/**
 * Fetches a file from the repositories: true when it was delivered, false when every repository answered that it has
 * none. One that could not answer, or a damaged file, is tried again until archive-timeout; then error 103 or 42.
 */
export async function getDirectly({ configuration, log, now }: Invocation, wanted: Wanted): Promise<boolean> {
  const deadline = now().getTime() + configuration.options.need("archive-timeout");
  const told = new Set<string>();
  for (let pause = FIRST_PAUSE;; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const { delivered, failures, matched } = await tryOnce(wanted);
    for (const text of failures.map(failureText)) {
      if (!told.has(text)) log.warn(text);
      told.add(text);
    }
    if (delivered) return true;
    if (failures.length === 0) return false;
    const left = deadline - now().getTime();
    if (left <= 0) throw lastError(wanted, { failures, matched });
    blockFor(Math.min(pause, left));
  }
}

async function tryOnce(
  wanted: Wanted,
): Promise<{ delivered: boolean; failures: RepositoryFailure[]; matched: boolean }> {
  const { matches, failures } = await findInArchives(wanted.repositories, wanted);
  const attempt = await deliver(matches, (match) => fetchMatch(match, wanted.destination));
  return {
    delivered: attempt.delivered !== undefined,
    failures: [...failures, ...attempt.failures],
    matched: matches.length > 0,
  };
}

/** The peer's code: 42 when a segment was there and could not be read, else 103. */
function lastError(
  wanted: Wanted,
  { failures, matched }: { failures: RepositoryFailure[]; matched: boolean },
): BackRestError {
  if (matched) return sumUpFailures("fileRead", `unable to get ${wanted.name}:`, failures);
  return sumUpFailures("repoInvalid", `unable to find out whether ${wanted.name} is in the archive:`, failures);
}
