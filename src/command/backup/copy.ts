import type { Invocation } from "../../cli/invocation.ts";
import { formatPercent, formatSize } from "../../cli/size.ts";
import { asError, type BackRestError, fromRecord } from "../../error.ts";
import type { JobOutcome } from "../../process/job.ts";
import type { FileChange } from "../../repository/manifest/file_data.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { type PageErrors, pageErrorsText } from "../../repository/manifest/page_errors.ts";
import { commandPool } from "../work/pool.ts";
import { trackProgress } from "../work/progress.ts";
import { NOT_TAKEN_OVER } from "./compare.ts";
import {
  type CopiedFile,
  type CopyFile,
  type CopyJob,
  type CopyPart,
  type CopySettings,
  type PartOutcome,
  placeOf,
} from "./copy_job.ts";
import type { Journal } from "./journal.ts";
import { sourcePath } from "./names.ts";
import type { CopyBatch, CopyQueues } from "./queue.ts";

/** What the copy phase does for one repository. */
export interface CopyRun {
  /** Of the repository. */
  key: number;
  invocation: Invocation;
  manifest: Manifest;
  settings: CopySettings;
  /** Whether it takes a row, and how. */
  isTaken(row: number): boolean;
  fileOf(row: number): CopyFile;
  /** Where finished files are noted for a run that has to go on. */
  journal: Journal | undefined;
}

/** What the copy phase works on. */
export interface CopyPhase {
  /** One for each repository. */
  runs: readonly CopyRun[];
  queues: CopyQueues;
  /** Bytes of the files in the queues. */
  total: number;
  signal: AbortSignal;
  /** Told of a repository that failed while others go on; throws when that ends all. */
  onFailure(run: CopyRun, error: BackRestError): void;
}

/** Copies what the queues give and enters the results into the manifests. */
export async function copyFiles(invocation: Invocation, phase: CopyPhase): Promise<void> {
  using progress = trackProgress(invocation, { label: "backup", total: phase.total });
  const { apart, queue } = phase.queues;
  const size = invocation.configuration.options.need("process-max") + (apart === undefined ? 0 : 1);
  await using pool = commandPool(invocation, {
    kind: "backup-copy",
    signal: phase.signal,
    size,
  });
  pool.onProgress = progress.add;
  const left = new Map(phase.runs.map((run) => [run.settings, run]));
  let done = 0;
  for await (const outcome of pool.run<CopyJob, PartOutcome[]>(jobsOf(queue, left), apart && jobsOf(apart, left))) {
    const before = done;
    for (const [i, part] of outcome.job.parts.entries()) {
      const run = left.get(part.settings);
      if (run === undefined) continue;
      try {
        const copied = copiedOf(outcome, i);
        done = Math.max(done, enterPart(run, { part, outcome, copied, done: before, total: phase.total }));
        await run.journal?.sync(invocation.now().getTime(), done);
      } catch (error) {
        phase.onFailure(run, asError(error));
        left.delete(part.settings);
      }
    }
  }
}

/** The files of the `nth` part of a job; throws why there are none. */
function copiedOf({ error, result }: JobOutcome<CopyJob, PartOutcome[]>, nth: number): CopiedFile[] {
  if (error !== undefined) throw fromRecord(error);
  const part = result![nth]!;
  if ("error" in part) throw fromRecord(part.error);
  return part.copied;
}

function* jobsOf(queue: Iterable<CopyBatch>, left: ReadonlyMap<CopySettings, CopyRun>): Generator<CopyJob> {
  for (const { rows, bundle, ...batch } of queue) {
    const parts: CopyPart[] = [];
    for (const { isTaken, fileOf, settings } of left.values()) {
      const files = rows.filter(isTaken).map(fileOf);
      if (files.length > 0) parts.push({ settings, files, ...(bundle === undefined ? {} : { bundle }) });
    }
    if (parts.length > 0) yield { kind: "backup-copy", parts, rows, ...batch };
  }
}

interface EnteredPart {
  part: CopyPart;
  outcome: { job: CopyJob; worker: number };
  copied: readonly CopiedFile[];
  /** Bytes done so far, and in all. */
  done: number;
  total: number;
}

/** Enters what came of the files of a part; gives the bytes done by then. */
function enterPart(run: CopyRun, { part, outcome, copied, total, ...before }: EnteredPart): number {
  let { done } = before;
  const files = new Map(part.files.map((file) => [file.row, file]));
  const { pgPath } = placeOf(part.settings, outcome.job);
  for (const result of copied) {
    const file = files.get(result.row)!;
    done += file.size;
    enterResult(run, { file, result, pgPath, worker: outcome.worker, done, total });
  }
  return done;
}

interface Entry {
  file: CopyFile;
  result: CopiedFile;
  /** Data folder it was copied from. */
  pgPath: string;
  worker: number;
  done: number;
  total: number;
}

function enterResult(run: CopyRun, { file, result, pgPath, worker, done, total }: Entry): void {
  const { invocation: { log }, manifest: { files } } = run;
  const path = `${pgPath}/${sourcePath(file.name)}`;
  if (result.state === "missing") {
    files.remove(file.row);
    log.log("detail", `skip file removed by database ${path}`, { process: worker });
    return;
  }
  if (result.state === "same") {
    if (result.size !== file.size) files.set(file.row, { size: result.size, originalSize: file.size });
  } else {
    files.set(file.row, changeOf(file, result));
    if (result.state === "copied") run.journal?.add(file.name, files.stored(file.row));
  }
  if (result.replaced) {
    log.log("warn", `resumed backup file ${file.name} does not have expected checksum and was copied again`, {
      process: worker,
    });
  }
  if (log.takes("detail")) {
    const share = `(${formatSize(result.size)}, ${formatPercent(done, total)})`;
    log.log("detail", `${VERBS[result.state]} ${path} ${share} checksum ${result.checksum}`, { process: worker });
  }
  if (result.state === "copied") warnBadPages(run.invocation, { path, result });
}

const VERBS = { copied: "backup file", same: "match file from prior backup", kept: "checksum resumed file" } as const;

/** What the manifest learns of a file that this backup stores itself. */
export function changeOf(file: CopyFile, result: CopiedFile): FileChange {
  const { size, checksum, repoSize, repoChecksum, bundle, block, pageChecksum, pageErrors, misaligned } = result;
  return {
    ...NOT_TAKEN_OVER,
    size,
    checksum,
    ...(size === file.size ? {} : { originalSize: file.size }),
    ...(repoSize === undefined ? {} : { repoSize }),
    ...(repoChecksum === undefined ? {} : { repoChecksum }),
    ...(bundle === undefined ? {} : { bundle }),
    ...(block === undefined ? {} : { block }),
    ...(pageChecksum === undefined ? {} : { pageChecksum }),
    // The pages of a file that does not end at a page boundary are not listed: what they were is not sure.
    ...(pageErrors === undefined || misaligned ? {} : { pageErrors }),
  };
}

function warnBadPages({ log }: Invocation, { path, result }: { path: string; result: CopiedFile }): void {
  if (result.misaligned) log.warn(`page misalignment in file ${path}: file size is not divisible by page size`);
  if (result.pageErrors === undefined) return;
  const many = isMany(result.pageErrors) ? "s" : "";
  log.warn(`invalid page checksum${many} found in file ${path} at page${many} ${pageErrorsText(result.pageErrors)}`);
}

function isMany(errors: PageErrors): boolean {
  return errors.length > 1 || typeof errors[0] !== "number";
}
