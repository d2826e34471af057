import type { ArchiveInfo } from "../../repository/info/archive_info.ts";
import type { BackupRecord } from "../../repository/info/backup_record.ts";
import { archiveId } from "../../repository/info/history.ts";
import { archiveFolder } from "../../repository/layout.ts";
import {
  archiveRanges,
  segmentSizeOf,
  type TimelineStart,
  type WalHole,
} from "../../repository/report/archive_ranges.ts";
import { droppedMeaning } from "../../repository/report/wal_text.ts";
import { holeRuns } from "../../repository/wal/hole_mark.ts";
import { readSmall } from "../../repository/repository.ts";
import {
  isHistoryFile,
  nextSegment,
  parseSegment,
  segmentName,
  type SegmentRun,
  timelineOf,
} from "../../repository/wal/segment.ts";
import { parseTimelineHistory } from "../../repository/wal/timeline_history.ts";
import type { VerifiedArchive } from "./archive.ts";
import { listArchive, segmentOf } from "./archive_files.ts";
import { isExpired } from "./backup_manifest.ts";
import type { BackupResult } from "./result.ts";
import type { VerifyRun } from "./verify_run.ts";

/** Most runs of segments that a message names. */
const SHOWN_RUNS = 10;

/** What the WAL that is there is compared with. */
export interface WalDemand {
  info: ArchiveInfo;
  /** Backups that can be restored but for their WAL. */
  records: readonly BackupRecord[];
  /** Results of the backups, in which missing WAL is entered. */
  backups: readonly BackupResult[];
}

/** The WAL of an archive id: what is there without a hole, and what is missing. */
export interface JudgedWal {
  ranges: SegmentRun[];
  missing: WalHole[];
  /** What lies exactly between two backups: perhaps expired, perhaps it never arrived. */
  between: SegmentRun[];
}

/**
 * Finds what is missing of the WAL of one archive id and enters it: what a backup needs with the backup, the rest, which
 * only keeps recovery from going on, as a warning.
 */
export async function judgeWal(run: VerifyRun, archive: VerifiedArchive, demand: WalDemand): Promise<void> {
  const { findings } = run;
  const { result } = archive;
  const { ranges, missing, between } = await lookTwice(run, archive, demand);
  result.ranges = ranges;
  for (const { first, last } of ranges) {
    findings.detail(`archiveId: ${result.id}, wal start: ${first}, wal stop: ${last}`);
  }
  for (const { neededBy, ...hole } of missing) {
    if (neededBy.length === 0) result.holes.push(hole);
    for (const label of neededBy) demand.backups.find((backup) => backup.label === label)!.missingWal.push(hole);
  }
  warnAboutDamage(run, archive, demand);
  warnAboutHoles(run, { id: result.id, holes: result.holes, between });
  warnAboutDropped(run, archive, demand);
  result.holes.push(...between);
}

/** That a segment is damaged has been reported; here what this means. */
function warnAboutDamage({ findings }: VerifyRun, { result, damaged }: VerifiedArchive, demand: WalDemand): void {
  for (const record of demand.records.filter((each) => archiveIdOf(each, demand.info) === result.id)) {
    const { label, walStart, walStop, options } = record;
    if (walStart === undefined || walStop === undefined || options.archiveCopy) continue;
    const needed = damaged.filter((segment) => walStart <= segment && segment <= walStop).sort();
    if (needed.length > 0) {
      findings.warn(`backup '${label}' needs damaged WAL: ${needed.slice(0, SHOWN_RUNS).join(", ")}`);
    }
  }
}

/** A hole that archive-push made itself has a cause and a remedy. */
function warnAboutDropped({ findings }: VerifyRun, archive: VerifiedArchive, demand: WalDemand): void {
  const { id } = archive.result;
  const backups = demand.records.filter((record) => archiveIdOf(record, demand.info) === id);
  const segmentSize = archive.segmentSize ?? segmentSizeOf(backups, archive.dropped);
  for (const run of holeRuns(archive.dropped, { segmentSize })) {
    findings.warn(`archiveId: ${id}, dropped WAL: ${runsText([run])}, ${droppedMeaning(run, backups)}`);
  }
}

function warnAboutHoles(
  { findings }: VerifyRun,
  { id, holes, between }: { id: string; holes: readonly SegmentRun[]; between: readonly SegmentRun[] },
): void {
  if (holes.length > 0) {
    findings.warn(
      `archiveId: ${id}, missing WAL: ${runsText(holes, SHOWN_RUNS)}\n` +
        "HINT: every backup can be restored, but recovery from one made before a hole ends at the hole.",
    );
  }
  if (between.length > 0) {
    findings.warn(
      `archiveId: ${id}, no WAL between backups: ${runsText(between, SHOWN_RUNS)}\n` +
        "HINT: expire leaves it so where less WAL is kept than backups; otherwise it did not arrive.",
    );
  }
}

/** Makes backups whose WAL is incomplete invalid; those that were expired meanwhile are left out of account. */
export async function reportMissingWal(run: VerifyRun, backups: BackupResult[]): Promise<void> {
  const { findings, repository } = run;
  for (const backup of backups.filter(({ missingWal }) => missingWal.length > 0)) {
    if (await isExpired(repository, backup.label)) {
      findings.info(`backup '${backup.label}' was expired while it was verified, skipping`);
      backups.splice(backups.indexOf(backup), 1);
      continue;
    }
    backup.status = "invalid";
    findings.problem(`missing WAL that backup '${backup.label}' needs: ${runsText(backup.missingWal, SHOWN_RUNS)}`);
    findings.fault("wal");
  }
}

/** What is missing may have arrived behind the listing, so it is looked for once more before it counts. */
async function lookTwice(run: VerifyRun, archive: VerifiedArchive, demand: WalDemand): Promise<JudgedWal> {
  const { id } = archive.result;
  const backups = demand.records.filter((record) => archiveIdOf(record, demand.info) === id);
  const starts = await timelineStarts(run, id, demand.info.cipherPass);
  const judge = (names: readonly string[]): JudgedWal => {
    const segmentSize = archive.segmentSize ?? segmentSizeOf(backups, names);
    const found = archiveRanges(names, { backups, starts, segmentSize });
    return { ...found, between: gapsBetween(found.ranges, { known: found.missing, segmentSize }) };
  };
  const first = judge(archive.present);
  if (first.missing.length + first.between.length === 0) return first;
  const { segments } = await listArchive(run.repository, id, run.isWanted);
  return judge(segments.map((file) => segmentOf(file)!));
}

/** Archive id of the WAL a backup needs; undefined for a cluster archive.info does not know. */
export function archiveIdOf({ clusterId }: BackupRecord, info: ArchiveInfo): string | undefined {
  const cluster = info.entries.find(({ id }) => id === clusterId);
  return cluster === undefined ? undefined : archiveId(cluster);
}

/** The gaps between ranges of one timeline in which nothing is known to be missing; both come ascending. */
export function gapsBetween(
  ranges: readonly SegmentRun[],
  { known, segmentSize }: { known: readonly SegmentRun[]; segmentSize: number },
): SegmentRun[] {
  const gaps: SegmentRun[] = [];
  let at = 0;
  for (const [index, range] of ranges.entries()) {
    const before = ranges[index - 1];
    const timeline = timelineOf(range.first);
    if (before === undefined || timelineOf(before.last) !== timeline) continue;
    const first = nextSegment(before.last, { segmentSize });
    const start = parseSegment(range.first, { segmentSize }).start - BigInt(segmentSize);
    const last = segmentName(timeline, start, { segmentSize });
    while (at < known.length && known[at]!.last < first) at++;
    if (at < known.length && known[at]!.first <= last) continue;
    const bytes = start - parseSegment(first, { segmentSize }).start;
    gaps.push({ first, last, count: Number(bytes / BigInt(segmentSize)) + 1 });
  }
  return gaps;
}

/** Where timelines begin, by their history files; what cannot be read of them is reported elsewhere. */
async function timelineStarts(run: VerifyRun, id: string, passphrase: string | undefined): Promise<TimelineStart[]> {
  const { storage, stanza } = run.repository;
  const root = `${archiveFolder(stanza)}/${id}`;
  const starts: TimelineStart[] = [];
  for await (const batch of storage.list(root)) {
    for (const { name } of batch.filter((entry) => isHistoryFile(entry.name))) {
      try {
        const text = new TextDecoder().decode(await readSmall(run.repository, `${root}/${name}`, passphrase));
        const fork = parseTimelineHistory(text, { file: name }).at(-1);
        if (fork !== undefined) starts.push({ timeline: timelineOf(name), parent: fork.timeline, lsn: fork.lsn });
      } catch {
        continue;
      }
    }
  }
  return starts;
}

/** Runs for people: `A to B (n segments), C`, the first ones where there are more than `most`. */
export function runsText(runs: readonly SegmentRun[], most: number = Infinity): string {
  const shown = runs.slice(0, most)
    .map(({ first, last, count }) => count === 1 ? first : `${first} to ${last} (${count} segments)`);
  return [...shown, ...(runs.length > most ? [`and ${runs.length - most} more`] : [])].join(", ");
}
