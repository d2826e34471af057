import type { Invocation } from "../../cli/invocation.ts";
import { formatPercent, formatSize } from "../../cli/size.ts";
import { type BackRestError, fromRecord } from "../../error.ts";
import { DATA_TARGET } from "../../postgres/selection.ts";
import type { JobOutcome } from "../../process/job.ts";
import type { FileChange } from "../../repository/manifest/file_data.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { packPageErrors, pageErrorsText } from "../../repository/manifest/page_errors.ts";
import type { LiveCluster } from "../cluster/connect.ts";
import { commandPool } from "../work/pool.ts";
import { trackProgress } from "../work/progress.ts";
import type { CopiedFile, CopyFile, CopyJob, CopySettings } from "./job.ts";
import { watchPrimary } from "./watch.ts";

/** What the copy phase works on. */
export interface CopyRun {
  manifest: Manifest;
  primary: LiveCluster;
  settings: CopySettings;
  queue: Iterable<CopyFile[]>;
  /** Bytes to copy. */
  total: number;
}

/** Copies what the queue gives and enters the results into the manifest. The first error of a job ends it. */
export async function copyFiles(invocation: Invocation, run: CopyRun): Promise<void> {
  using watch = watchPrimary(run.primary, invocation.signal);
  using progress = trackProgress(invocation, { label: "backup", total: run.total });
  await using pool = commandPool(invocation, { signal: watch.signal, onProgress: progress.add });
  const jobs = jobsOf(run);
  let copied = 0;
  for await (const outcome of pool.run<CopyJob, CopiedFile[]>(jobs)) {
    if (outcome.error !== undefined) throw jobError(outcome);
    for (const [i, result] of outcome.result!.entries()) {
      const file = outcome.job.files[i]!;
      copied += file.size;
      enterResult(invocation, run, { file, result, worker: outcome.worker, copied });
    }
  }
}

function* jobsOf({ queue, settings }: CopyRun): Generator<CopyJob> {
  for (const files of queue) yield { kind: "backup-copy", settings, files };
}

function jobError({ error }: JobOutcome<CopyJob, CopiedFile[]>): BackRestError {
  return fromRecord(error!);
}

interface Entry {
  file: CopyFile;
  result: CopiedFile;
  worker: number;
  /** Bytes done so far. */
  copied: number;
}

function enterResult(invocation: Invocation, run: CopyRun, { file, result, worker, copied }: Entry): void {
  const { log } = invocation;
  const { manifest, primary, total } = run;
  const path = `${primary.pgPath}/${file.name.startsWith(`${DATA_TARGET}/`) ? file.name.slice(8) : file.name}`;
  if (result.state === "missing") {
    manifest.files.remove(file.row);
    log.log("detail", `skip file removed by database ${path}`, { process: worker });
    return;
  }
  manifest.files.set(file.row, changeOf(file, result));
  if (log.takes("detail")) {
    const share = `(${formatSize(result.size)}, ${formatPercent(copied, total)})`;
    log.log("detail", `backup file ${path} ${share} checksum ${result.checksum}`, { process: worker });
  }
  warnBadPages(invocation, { path, result });
}

/** What the manifest learns of a copied file. */
export function changeOf(file: CopyFile, result: CopiedFile): FileChange {
  const { size, checksum, repoSize, repoChecksum, pages } = result;
  return {
    size,
    checksum,
    ...(size !== file.size ? { originalSize: file.size } : {}),
    ...(repoSize === undefined ? {} : { repoSize }),
    ...(repoChecksum === undefined ? {} : { repoChecksum }),
    ...(pages === undefined ? {} : { pageChecksum: pages.valid }),
    // The pages of a file that does not end at a page boundary are not listed: what they were is not sure.
    ...(pages === undefined || !pages.aligned || pages.bad.length === 0
      ? {}
      : { pageErrors: packPageErrors(pages.bad) }),
  };
}

function warnBadPages({ log }: Invocation, { path, result: { pages } }: { path: string; result: CopiedFile }): void {
  if (pages === undefined || pages.valid) return;
  if (!pages.aligned) log.warn(`page misalignment in file ${path}: file size is not divisible by page size`);
  if (pages.bad.length > 0) {
    const many = pages.bad.length > 1;
    log.warn(
      `invalid page checksum${many ? "s" : ""} found in file ${path} at page${many ? "s" : ""} ` +
        pageErrorsText(packPageErrors(pages.bad)),
    );
  }
}
