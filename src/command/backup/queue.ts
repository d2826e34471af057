import { CONTROL_PATH } from "../../postgres/control.ts";
import {
  DATA_TARGET,
  hasPageChecksums,
  isRelationLike,
  relationSegment,
  type SelectionRules,
} from "../../postgres/selection.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import { baseOf, parentOf } from "../../storage/path.ts";
import type { CopyFile } from "./job.ts";

/** Small files go to a worker together, up to this many bytes or files. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_FILES = 256;

/** What decides how a file is copied. */
export interface QueueRules {
  selection: SelectionRules;
  /** Whether page checksums are looked at. */
  checksumPage: boolean;
}

/**
 * The files in the order they are handed to workers, in batches: the biggest first, so that no worker is left alone with
 * a big one at the end.
 */
export function* copyQueue(files: FileTable, rules: QueueRules): Generator<CopyFile[]> {
  let batch: CopyFile[] = [];
  let bytes = 0;
  for (const row of files.order((a, b) => files.size(b) - files.size(a))) {
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

function copyFileOf(files: FileTable, row: number, { selection, checksumPage }: QueueRules): CopyFile {
  const name = files.name(row);
  const checked = checksumPage && hasPageChecksums(parentOf(name), baseOf(name), selection);
  return {
    row,
    name,
    size: files.size(row),
    limit: isRelationLike(name) && name !== `${DATA_TARGET}/${CONTROL_PATH}`,
    ...(checked ? { pages: { segment: relationSegment(name) } } : {}),
  };
}
