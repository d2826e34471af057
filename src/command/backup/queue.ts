import { DATA_TARGET } from "../../postgres/selection.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import { sortRows } from "../../repository/manifest/row_order.ts";
import { isReplicated } from "./file_rule.ts";

/** Small files go to a worker together, up to this many bytes or files. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_FILES = 256;

/** What decides in which order files are copied. */
export interface QueueRules {
  /** True for rows whose bytes are not read at all. */
  isUnread(row: number): boolean;
  /** Present where small files go into bundles. */
  bundling?: Bundling;
  /** Tells the rows that are meant at all; absent: all. */
  isMeant?(row: number): boolean;
}

/** How bundles are made. Sizes in bytes of plain files. */
export interface Bundling {
  /** Largest file that goes into a bundle. */
  limit: number;
  /** A bundle is full when its files come to this much. */
  size: number;
  /** Number of the first bundle. */
  firstId: number;
}

/** Files that a worker copies in one go. */
export interface CopyBatch {
  rows: number[];
  /** Number of the bundle they go into; absent: each into a file of its own. */
  bundle?: number;
  /** True when they are copied from the standby. */
  fromStandby?: true;
}

/** What is copied in which order. */
export interface CopyQueues {
  queue: Iterable<CopyBatch>;
  /** What one worker more copies: from the primary, when all others copy from a standby. */
  apart?: Iterable<CopyBatch>;
}

/**
 * The files in the order they are copied in, see {@linkcode copyQueue}; those that a standby has just like its primary come
 * from there. Their bundles are numbered behind those of the primary.
 */
export function copyQueues(files: FileTable, rules: QueueRules, { fromStandby }: { fromStandby: boolean }): CopyQueues {
  if (!fromStandby) return { queue: copyQueue(files, rules) };
  const isAtStandby = (row: number) => isReplicated(files.name(row));
  const apart = [...copyQueue(files, { ...rules, isMeant: (row) => !isAtStandby(row) })];
  const used = apart.reduce((last, { bundle = 0 }) => Math.max(last, bundle + 1), rules.bundling?.firstId ?? 0);
  const rest = {
    ...rules,
    isMeant: isAtStandby,
    ...(rules.bundling && { bundling: { ...rules.bundling, firstId: used } }),
  };
  return { queue: fromTheStandby(copyQueue(files, rest)), apart };
}

function* fromTheStandby(batches: Iterable<CopyBatch>): Generator<CopyBatch> {
  for (const batch of batches) yield { ...batch, fromStandby: true };
}

/** So that the message about what became of it stays small. */
const BUNDLE_FILES = 5000;

/**
 * The files in the order they are handed to workers, in batches: the biggest first, so that no worker is left alone with
 * a big one at the end, then the bundles. Where there are bundles, empty files are not stored.
 */
export function* copyQueue(files: FileTable, rules: QueueRules): Generator<CopyBatch> {
  yield* singleFiles(files, rules);
  if (rules.bundling !== undefined) yield* bundles(files, rules, rules.bundling);
}

function* singleFiles(files: FileTable, rules: QueueRules): Generator<CopyBatch> {
  const limit = rules.bundling?.limit ?? -1;
  let batch: number[] = [];
  let bytes = 0;
  const isMeant = (row: number) => files.size(row) > limit && isCopied(row, rules);
  for (const row of files.order((a, b) => files.size(b) - files.size(a), isMeant)) {
    const size = files.size(row);
    if (batch.length > 0 && (bytes + size > BATCH_BYTES || batch.length === BATCH_FILES)) {
      yield { rows: batch };
      [batch, bytes] = [[], 0];
    }
    batch.push(row);
    bytes += size;
  }
  if (batch.length > 0) yield { rows: batch };
}

/** The order and the cut are the peer's: old files together, so that later backups refer to whole bundles or not at all. */
function* bundles(files: FileTable, rules: QueueRules, { limit, size, firstId }: Bundling): Generator<CopyBatch> {
  let bundle = firstId;
  const isMeant = (row: number) => files.size(row) > 0 && files.size(row) <= limit && isCopied(row, rules);
  for (const rows of byTarget(files, isMeant)) {
    let batch: number[] = [];
    let bytes = 0;
    for (const row of rows) {
      batch.push(row);
      bytes += files.size(row);
      if (bytes < size && batch.length < BUNDLE_FILES) continue;
      yield { rows: batch, bundle: bundle++ };
      [batch, bytes] = [[], 0];
    }
    if (batch.length > 0) yield { rows: batch, bundle: bundle++ };
  }
}

/** Where the names of the data folder and of tablespaces begin to differ. */
const TELLING = 3;

/** Decided before rows are ordered: mostly few of a great many are copied. */
function isCopied(row: number, rules: QueueRules): boolean {
  return !rules.isUnread(row) && rules.isMeant?.(row) !== false;
}

/** The rows of the data folder and of each tablespace, the oldest first, of the same time in falling order of names. */
function* byTarget(files: FileTable, isMeant: (row: number) => boolean): Generator<Uint32Array> {
  const older = (a: number, b: number) => files.time(a) - files.time(b) || files.compareNames(b, a);
  const rows = files.order(() => 0, isMeant);
  for (let start = 0, end = 0; start < rows.length; start = end) {
    const target = targetOf(files, rows[start]!);
    for (end = start + 1; end < rows.length && targetOf(files, rows[end]!) === target;) end++;
    yield sortRows(rows.subarray(start, end), older);
  }
}

function targetOf(files: FileTable, row: number): string {
  const isData = files.nameBytes(row)[TELLING] === DATA_TARGET.charCodeAt(TELLING);
  return isData ? "" : files.name(row).split("/", 2).join("/");
}
