import type { Invocation } from "../../cli/invocation.ts";
import { BackRestError } from "../../error.ts";
import { majorOf } from "../../postgres/version.ts";
import { changedSegments, coveredUntil, type RelationFile, relationFile } from "../../postgres/wal_summary.ts";
import { pauseFor } from "../../process/sleep.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import { RowSet } from "../../repository/manifest/row_set.ts";
import { formatLsn, parseLsn } from "../../repository/wal/lsn.ts";
import { timelineOf } from "../../repository/wal/segment.ts";
import type { LiveCluster } from "../cluster/connect.ts";
import type { Backup } from "./backup.ts";
import type { Comparison } from "./compare.ts";
import type { StartedBackup } from "./start.ts";

/** First version that can summarize WAL. */
const SUMMARIES_FROM = 17;

/** A summary ends where a backup starts, a moment after it did; a summarizer that is further behind is not waited for. */
const PATIENCE = 30_000;
const INTERVAL = 50;

/** The WAL between the starts of two backups of one timeline. */
interface Span {
  timeline: number;
  from: bigint;
  to: bigint;
}

/** The two ends of a comparison. */
export interface ComparedFiles {
  files: FileTable;
  started: StartedBackup | undefined;
  comparison: Comparison;
}

/**
 * Takes over, unread, relation files whose time has changed although no block of them did, as WAL summaries of PostgreSQL
 * prove; without any that reach from the start of the prior backup to that of this one, says so and changes nothing.
 * Pages that differ only in hints, which WAL does not tell, are as good as those of now.
 */
export async function skipUntouched(
  invocation: Invocation,
  backup: Backup,
  { files, started, comparison }: ComparedFiles,
): Promise<Comparison> {
  const { configuration: { options }, log } = invocation;
  const { prior, source: { live, control } } = backup;
  const span = started && spanOf(backup, started);
  if (!options.get("wal-summaries") || majorOf(control.version) < SUMMARIES_FROM) return comparison;
  if (live === undefined || span === undefined || comparison.delta) return comparison;
  const relations = () => relationRows(files, comparison.candidates, control);
  if (relations().next().done) return comparison;
  const found = await findChanged(live, span, { backup, signal: invocation.signal });
  if (typeof found === "string") {
    log.info(`WAL summaries are not used: ${found}`);
    return comparison;
  }
  const untouched = new RowSet();
  let count = 0;
  for (const [row, relation] of relations()) {
    if (!found(relation)) untouched.add(row);
    count++;
  }
  log.info(
    `WAL summaries prove ${untouched.size} of ${count} relation files with another time unchanged since ${
      prior!.label
    }`,
  );
  return withUnchanged(comparison, untouched);
}

/** The WAL that lies between; undefined where it is not of one timeline, or the prior backup was made offline. */
function spanOf({ prior }: Backup, { timeline, lsn }: StartedBackup): Span | undefined {
  const { lsnStart, walStart, walStop } = prior!.header.backup;
  if (lsnStart === undefined || walStart === undefined || walStop === undefined) return undefined;
  if (timelineOf(walStart) !== timeline || timelineOf(walStop) !== timeline) return undefined;
  return { timeline, from: lsnStart, to: parseLsn(lsn) };
}

/** Files that would be read to find out; those with wrong pages always are, since they may have been repaired. */
function* relationRows(
  files: FileTable,
  candidates: RowSet,
  rules: { version: string; catalogVersion: number },
): Generator<[row: number, RelationFile]> {
  for (const row of candidates.rows()) {
    const relation = relationFile(files.name(row), rules);
    if (relation !== undefined && files.stored(row).pageChecksum !== false) yield [row, relation];
  }
}

/** What tells whether a relation file may have changed, or why nothing does. */
async function findChanged(
  { cluster, control }: LiveCluster,
  span: Span,
  { backup, signal }: { backup: Backup; signal: AbortSignal },
): Promise<string | ((relation: RelationFile) => boolean)> {
  const { label, header } = backup.prior!;
  if (control.pageChecksums && !header.options.checksumPage) {
    return `page checksums, which are not logged, may have been switched on since ${label}`;
  }
  try {
    const missing = await waitForSummaries(cluster, span, signal);
    if (missing !== undefined) return missing;
    return changedSegments(
      await cluster.summarizedChanges(String(span.timeline), formatLsn(span.from), formatLsn(span.to)),
    );
  } catch (error) {
    if (!(error instanceof BackRestError) || cluster.lost.aborted || signal.aborted) throw error;
    return error.message;
  }
}

/** Why the summaries do not reach from one end to the other, once waiting has no use any more. */
async function waitForSummaries(
  cluster: LiveCluster["cluster"],
  { timeline, from, to }: Span,
  signal: AbortSignal,
): Promise<string | undefined> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    signal.throwIfAborted();
    const { running, ranges } = await cluster.walSummaries();
    const known = ranges.filter((range) => range.timeline === timeline)
      .map(({ start, end }) => ({ start: parseLsn(start), end: parseLsn(end) }));
    const reached = coveredUntil(known, from);
    if (reached >= to) return undefined;
    const isGap = known.some(({ start }) => start > reached);
    if (running && !isGap && performance.now() < until) {
      await pauseFor(INTERVAL);
      continue;
    }
    const missing = `there are none from ${formatLsn(reached)} to ${formatLsn(to)}`;
    return running ? missing : `${missing}, and setting summarize_wal is off`;
  }
}

function withUnchanged(comparison: Comparison, untouched: RowSet): Comparison {
  const [unchanged, candidates] = [new RowSet(), new RowSet()];
  for (const row of comparison.unchanged.rows()) unchanged.add(row);
  for (const row of comparison.candidates.rows()) (untouched.has(row) ? unchanged : candidates).add(row);
  return { ...comparison, unchanged, candidates };
}
