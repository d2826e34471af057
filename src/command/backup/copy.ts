import type { Invocation } from "../../cli/invocation.ts";
import { formatPercent, formatSize } from "../../cli/size.ts";
import { fromRecord } from "../../error.ts";
import type { FileChange } from "../../repository/manifest/file_data.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { type PageErrors, pageErrorsText } from "../../repository/manifest/page_errors.ts";
import { commandPool } from "../work/pool.ts";
import { trackProgress } from "../work/progress.ts";
import { NOT_TAKEN_OVER } from "./compare.ts";
import { type CopiedFile, type CopyFile, type CopyJob, type CopySettings, placeOf } from "./copy_job.ts";
import type { Journal } from "./journal.ts";
import { sourcePath } from "./names.ts";
import type { CopyBatch } from "./queue.ts";

/** What the copy phase works on. */
export interface CopyRun {
  manifest: Manifest;
  settings: CopySettings;
  queue: Iterable<CopyBatch>;
  /** What one worker more copies from the primary, when the others copy from a standby. */
  apart?: Iterable<CopyBatch>;
  /** Bytes of the files in the queue. */
  total: number;
  /** Where finished files are noted for a run that has to go on. */
  journal: Journal | undefined;
  signal: AbortSignal;
}

/** Copies what the queue gives and enters the results into the manifest. The first error of a job ends it. */
export async function copyFiles(invocation: Invocation, run: CopyRun): Promise<void> {
  using progress = trackProgress(invocation, { label: "backup", total: run.total });
  const { apart, settings } = run;
  const size = invocation.configuration.options.need("process-max") + (apart === undefined ? 0 : 1);
  await using pool = commandPool(invocation, {
    kind: "backup-copy",
    signal: run.signal,
    onProgress: progress.add,
    size,
  });
  const jobs = jobsOf(run.queue, settings);
  const own = apart && jobsOf(apart, settings);
  let done = 0;
  for await (const outcome of pool.run<CopyJob, CopiedFile[]>(jobs, own)) {
    if (outcome.error !== undefined) throw fromRecord(outcome.error);
    for (const [i, result] of outcome.result!.entries()) {
      const file = outcome.job.files[i]!;
      done += file.size;
      const { pgPath } = placeOf(outcome.job);
      enterResult(invocation, run, { file, result, pgPath, worker: outcome.worker, done });
    }
    await run.journal?.sync(invocation.now().getTime(), done);
  }
}

function* jobsOf(queue: Iterable<CopyBatch>, settings: CopySettings): Generator<CopyJob> {
  for (const batch of queue) yield { kind: "backup-copy", settings, ...batch };
}

interface Entry {
  file: CopyFile;
  result: CopiedFile;
  /** Data folder it was copied from. */
  pgPath: string;
  worker: number;
  /** Bytes done so far. */
  done: number;
}

function enterResult(invocation: Invocation, run: CopyRun, { file, result, pgPath, worker, done }: Entry): void {
  const { log } = invocation;
  const { manifest: { files }, total } = run;
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
  if (result.state === "copied") warnBadPages(invocation, { path, result });
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
