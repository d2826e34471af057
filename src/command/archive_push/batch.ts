import type { Invocation } from "../../cli/invocation.ts";
import { openRepositories } from "../../context.ts";
import { asError, type BackRestError, errorText, fail, fromRecord } from "../../error.ts";
import type { WorkerPool } from "../../process/pool.ts";
import { listNames } from "../../storage/posix.ts";
import { exists, removeFile, syncPath } from "../../storage/posix_file.ts";
import { readLocalControl } from "../archive/cluster_identity.ts";
import { failureText } from "../archive/failures.ts";
import { clearErrors, type Spool, writeStatus } from "../archive/spool/folder.ts";
import { claimSpool, isSpoolValid } from "../archive/spool/places.ts";
import type { PushedFile, PushJob } from "./push_job.ts";
import { carryMarks } from "./carry_marks.ts";
import { dropText, fileSize, noteDropped, type Queue, queueWarning, readQueue } from "./drop.ts";
import { type Backlog, cutBatch, readBacklog } from "./queue.ts";
import { type ArchiveTargets, openTargets } from "./target.ts";
import { breakTurn, resetTurn, type Turn } from "./turn.ts";

/** After so many milliseconds a batch takes on no further file: the queue is looked at again. */
const LONGEST_BATCH = 30_000;

/** What a background process works with. */
export interface PushRun {
  invocation: Invocation;
  spool: Spool;
  /** Absolute path of pg_wal. */
  walFolder: string;
  turn: Turn;
  /** Worker threads for so many files. */
  pool(files: number): WorkerPool;
  /** Told about every file whose status was written. */
  onStatus?(name: string): void;
}

/** How a batch ended: how many bytes were taken on (0: nothing was to be done), and whether something failed. */
export interface BatchEnd {
  bytes: number;
  failed: boolean;
}

/** Pushes what PostgreSQL has marked as ready, up to `limit` bytes but at least one file. */
export async function pushBatch(run: PushRun, limit: number): Promise<BatchEnd> {
  const { invocation: { configuration: { options }, log }, spool } = run;
  const control = await readLocalControl(options.need("pg-path"));
  if (!isSpoolValid(spool.pushIdentity, run.invocation.configuration, control)) forget(spool);
  const { todo } = cleared(run, backlogOf(run));
  if (todo.length === 0) return { bytes: 0, failed: false };
  const queue = readQueue(run.walFolder, options.get("archive-push-queue-max"));
  if (queue.state === "over") {
    await dropAll(run, todo, queue);
    return { bytes: 0, failed: false };
  }
  if (queue.state === "high") log.warn(queueWarning(queue));
  const size = fileSize(run.walFolder, todo);
  const files = cutBatch(todo, { fileSize: size, limit });
  log.info(`push ${files.length} WAL file(s) to archive: ${rangeText(files)}`);
  const archive = await openTargets(openRepositories(run.invocation), control);
  await claim(run, archive);
  await carryMarks(spool.dropped, { archive, log });
  const failed = await pushFiles(run, files, { archive, queue });
  return { bytes: files.length * size, failed };
}

/**
 * Drops what waits if it has become too much, as it may while a repository keeps a run waiting: then its error is no
 * answer any more. True when it did.
 */
export async function dropIfOver(run: PushRun): Promise<boolean> {
  const queue = readQueue(run.walFolder, run.invocation.configuration.options.get("archive-push-queue-max"));
  const { todo } = backlogOf(run);
  if (queue.state !== "over" || todo.length === 0) return false;
  await dropAll(run, todo, queue);
  return true;
}

/** Gives up files: first they are written down, then acknowledged, then marked in the repositories that can be reached. */
async function dropAll(run: PushRun, names: readonly string[], queue: Queue): Promise<void> {
  const { invocation: { configuration: { options }, log }, spool } = run;
  await noteDropped(spool.dropped, names);
  for (const name of names) {
    const text = dropText(name, queue.limit!);
    log.warn(text);
    clearErrors(spool.out, name);
    await writeStatus(spool.out, name, { ok: true, note: { code: 0, text } });
  }
  try {
    const control = await readLocalControl(options.need("pg-path"));
    const archive = await openTargets(openRepositories(run.invocation), control);
    await claim(run, archive);
    await carryMarks(spool.dropped, { archive, log });
  } catch (error) {
    log.warn(`the dropped WAL is not marked in a repository yet: ${asError(error).message}`);
  }
}

/** What PostgreSQL and the spool say is to be done. */
export function backlogOf({ walFolder, spool }: Pick<PushRun, "walFolder" | "spool">): Backlog {
  return readBacklog(listNames(`${walFolder}/archive_status`), listNames(spool.out));
}

/** Removes status files that say nothing any more. */
function cleared({ spool }: PushRun, backlog: Backlog): Backlog {
  for (const name of backlog.stale) removeFile(`${spool.out}/${name}`);
  return backlog;
}

function rangeText(files: readonly string[]): string {
  return files.length === 1 ? files[0]! : `${files[0]}...${files.at(-1)}`;
}

/** The spool is about these archives now; what it says of others goes first. */
async function claim({ invocation, spool }: PushRun, { targets, cluster }: ArchiveTargets): Promise<void> {
  const archiveIds = new Map(targets.map(({ key, archiveId }) => [key, [archiveId]]));
  await claimSpool(spool.pushIdentity, invocation.configuration, { cluster, archiveIds, forget: () => forget(spool) });
}

/** Removes every status: it may be about another repository or cluster. */
function forget({ out, pushIdentity }: Spool): void {
  if (exists(out)) {
    for (const name of listNames(out)) removeFile(`${out}/${name}`);
    syncPath(out);
  }
  removeFile(pushIdentity);
}

/** Pushes files in their order and writes the status of each; true when one failed, which ends the run. */
async function pushFiles(
  run: PushRun,
  files: readonly string[],
  { archive, queue }: { archive: ArchiveTargets; queue: Queue },
): Promise<boolean> {
  const { invocation: { log, now }, spool, turn } = run;
  let failed = false;
  resetTurn(turn);
  const end = now().getTime() + LONGEST_BATCH;
  const jobs = jobsOf(run, { files, archive, ended: () => failed || now().getTime() > end });
  for await (const { job, result, error, worker } of run.pool(files.length).run<PushJob, PushedFile>(jobs)) {
    const name = files[job.number]!;
    if (error !== undefined) {
      breakTurn(turn, job.number);
      failed = true;
      await noteFailure(run, { name, error: fromRecord(error), worker, queue });
    } else if (result?.stored === true) {
      for (const text of result.warnings) log.log("warn", text, { process: worker });
      // PostgreSQL's log is where people look, so one file of the batch takes the warning there.
      const notes = [...result.warnings, ...(queue.state === "high" && job.number === 0 ? [queueWarning(queue)] : [])];
      const note = notes.length === 0 ? {} : { note: { code: 0, text: notes.join("\n") } };
      await writeStatus(spool.out, name, { ok: true, ...note });
      run.onStatus?.(name);
      log.log("detail", `pushed WAL file '${name}' to the archive`, { process: worker });
    }
  }
  return failed;
}

function* jobsOf(
  { walFolder }: PushRun,
  { files, archive, ended }: { files: readonly string[]; archive: ArchiveTargets; ended(): boolean },
): Generator<PushJob> {
  const targets = archive.targets.map(({ repository: _, ...target }) => target);
  const unusable = archive.failures.map(failureText);
  for (const [number, name] of files.entries()) {
    if (ended()) return;
    yield { kind: "archive-push", path: `${walFolder}/${name}`, number, cluster: archive.cluster, targets, unusable };
  }
}

async function noteFailure(
  { invocation: { log }, spool }: PushRun,
  { name, error, worker, queue }: { name: string; error: BackRestError; worker: number; queue: Queue },
): Promise<void> {
  if (error.kind === "term") fail("term", error.message);
  const text = [errorText(error), ...(queue.state === "high" ? [queueWarning(queue)] : [])].join("\n");
  log.log("warn", `could not push WAL file '${name}' to the archive (will be retried): [${error.code}] ${text}`, {
    process: worker,
  });
  await writeStatus(spool.out, name, { ok: false, note: { code: error.code, text } });
}
