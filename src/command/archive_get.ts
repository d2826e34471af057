import type { Invocation } from "../cli/invocation.ts";
import { openRepositories } from "../context.ts";
import { asError, BackRestError, ERROR_CODES } from "../error.ts";
import { INVALID_CHECKPOINT } from "../postgres/control.ts";
import type { Repository } from "../repository/repository.ts";
import { posixStorage } from "../storage/posix.ts";
import { readLocalControl } from "./archive/cluster_identity.ts";
import { failureText, type RepositoryFailure, sumUpFailures } from "./archive/failures.ts";
import { resolveWalPath } from "./archive/local_path.ts";
import { fetchMatch } from "./archive_get/fetch.ts";
import { deliver, findInArchives } from "./archive_get/find.ts";

/** Exit status that tells PostgreSQL: no such file in any archive. */
const NOT_FOUND = 1;

/** First and longest pause between two tries in milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

/**
 * Fetches a WAL segment or history file for PostgreSQL. Exit 1 only when every repository answered that it has none:
 * to PostgreSQL every status up to 125 means that WAL ends here, and it would start up without the rest. So a repository
 * that could not answer, or a damaged segment, is tried again until archive-timeout, and then ends with status 200,
 * unless the server is a standby, which asks again by itself.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration, log } = invocation;
  const [name, argument] = configuration.args as [string, string];
  const pgPath = configuration.options.need("pg-path");
  const destination = resolveWalPath(argument, { pgPath, forGet: true });
  const found = await get(invocation, { name, destination, pgPath }).catch(async (error: unknown) => {
    throw await keepRecoveryAlive(asError(error), pgPath);
  });
  log.info(found ? `found ${name} in the archive` : `unable to find ${name} in the archive`);
  return found ? 0 : NOT_FOUND;
}

async function get(
  invocation: Invocation,
  { name, destination, pgPath }: { name: string; destination: string; pgPath: string },
): Promise<boolean> {
  const repositories = openRepositories(invocation);
  return await getWithRetry(invocation, { name, destination, cluster: await readCluster(pgPath), repositories });
}

interface Wanted {
  name: string;
  destination: string;
  cluster: Awaited<ReturnType<typeof readLocalControl>>;
  repositories: Repository[];
}

async function readCluster(pgPath: string): Promise<Wanted["cluster"]> {
  const control = await readLocalControl(pgPath);
  if (control.checkpoint !== INVALID_CHECKPOINT) return control;
  if (await posixStorage(pgPath).info("backup_label") !== undefined) return control;
  throw new BackRestError("format", "pg_control has an invalid checkpoint and there is no backup_label", {
    hint: "was backup_label removed after the restore? The cluster cannot recover without it: restore again.",
  });
}

/** True when the file was delivered, false when no repository has it. */
async function getWithRetry({ configuration, log, now }: Invocation, wanted: Wanted): Promise<boolean> {
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
    sleep(Math.min(pause, left));
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

/** Blocks: nothing else happens in this process, and timers cost more than this command's work (20 ms at first use). */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** The peer's code: 42 when a segment was there and could not be read, else 103. */
function lastError(
  wanted: Wanted,
  { failures, matched }: { failures: RepositoryFailure[]; matched: boolean },
): BackRestError {
  if (matched) return sumUpFailures("fileRead", `unable to get ${wanted.name}:`, failures);
  return sumUpFailures("repoInvalid", `unable to find out whether ${wanted.name} is in the archive:`, failures);
}

/** Status that makes PostgreSQL stop instead of starting up without the rest of its WAL. */
async function keepRecoveryAlive(error: BackRestError, pgPath: string): Promise<BackRestError> {
  if (error.code > 125 || await posixStorage(pgPath).info("standby.signal") !== undefined) return error;
  return new BackRestError("notAnswered", `[${String(error.code).padStart(3, "0")}] ${error.message}`, {
    cause: error,
    hint:
      `${error.hint === undefined ? "" : `${error.hint}\n`}status ${ERROR_CODES.notAnswered} makes PostgreSQL stop ` +
      "here: with a lower one it would start up without the rest of its WAL.",
  });
}
