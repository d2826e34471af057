import { hasPageChecksums, isRelationLike, relationSegment, type SelectionRules } from "../../postgres/selection.ts";
import type { FileData } from "../../repository/manifest/file_data.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import { baseOf, parentOf } from "../../storage/path.ts";
import type { CopyFile, KeptFile } from "./copy_job.ts";
import { CONTROL_NAME } from "./names.ts";

/** Small files go to a worker together, up to this many bytes or files. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_FILES = 256;

/** What decides how a file is copied. */
export interface QueueRules {
  selection: SelectionRules;
  /** Whether page checksums are looked at. */
  checksumPage: boolean;
  /** True for rows whose bytes are not read at all. */
  isUnchanged(row: number): boolean;
  /** True for rows that carry the data of the prior backup, to be compared with. */
  isCandidate(row: number): boolean;
  /** What a run that broke off stored of a row. */
  kept(row: number): FileData | undefined;
}

/**
 * The files in the order they are handed to workers, in batches: the biggest first, so that no worker is left alone with
 * a big one at the end.
 */
export function* copyQueue(files: FileTable, rules: QueueRules): Generator<CopyFile[]> {
  let batch: CopyFile[] = [];
  let bytes = 0;
  for (const row of files.order((a, b) => files.size(b) - files.size(a))) {
    if (rules.isUnchanged(row)) continue;
    const file = copyFileOf(files, row, rules);
    if (batch.length > 0 && (bytes + file.size > BATCH_BYTES || batch.length === BATCH_FILES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(file);
    bytes += file.size;
  }
  if (batch.length > 0) yield batch;
}

function copyFileOf(files: FileTable, row: number, rules: QueueRules): CopyFile {
  const name = files.name(row);
  const checked = rules.checksumPage && hasPageChecksums(parentOf(name), baseOf(name), rules.selection);
  const priorChecksum = rules.isCandidate(row) ? files.stored(row).checksum : undefined;
  const kept = keptFile(rules.kept(row));
  return {
    row,
    name,
    size: files.size(row),
    limit: isRelationLike(name) && name !== CONTROL_NAME,
    ...(checked ? { pages: { segment: relationSegment(name) } } : {}),
    ...(priorChecksum === undefined ? {} : { priorChecksum }),
    ...(kept === undefined ? {} : { kept }),
  };
}

function keptFile(data: FileData | undefined): KeptFile | undefined {
  if (data?.checksum === undefined) return undefined;
  const { size, checksum, repoSize = size, repoChecksum, pageChecksum, pageErrors } = data;
  return {
    size,
    checksum,
    repoSize,
    ...(repoChecksum === undefined ? {} : { repoChecksum }),
    ...(pageChecksum === undefined ? {} : { pageChecksum }),
    ...(pageErrors === undefined ? {} : { pageErrors }),
  };
}
