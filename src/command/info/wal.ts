import { asError } from "../../error.ts";
import type { ArchiveInfo } from "../../repository/info/archive_info.ts";
import type { BackupInfo } from "../../repository/info/backup_info.ts";
import { archiveId } from "../../repository/info/history.ts";
import { archiveFolder, archivePath } from "../../repository/layout.ts";
import {
  archiveRanges,
  segmentSizeOf,
  type TimelineStart,
  toldSegmentSize,
} from "../../repository/report/archive_ranges.ts";
import type { WalBounds } from "../../repository/report/stanza.ts";
import { isSegmentFolder } from "../../repository/retention/wal_files.ts";
import { readSmall, type Repository } from "../../repository/repository.ts";
import { holeRuns, markedHoles } from "../../repository/wal/hole_mark.ts";
import { isHistoryFile, segmentFolder, timelineOf } from "../../repository/wal/segment.ts";
import { isStoredSegment } from "../../repository/wal/stored_name.ts";
import { parseTimelineHistory, type TimelineFork } from "../../repository/wal/timeline_history.ts";

/** How much of the archive is looked at: nothing, its two ends, or every name in it. */
export type WalLook = "none" | "bounds" | "ranges";

const SEGMENT_LENGTH = 24;

/** What the archive of a stanza holds, by archive id. */
export async function lookAtWal(
  repository: Repository,
  { archive, backup }: { archive: ArchiveInfo; backup: BackupInfo },
  how: WalLook,
): Promise<WalBounds[]> {
  const found: WalBounds[] = [];
  for (const { id, ...cluster } of how === "none" ? [] : archive.entries) {
    const place = { repository, id: archiveId({ id, ...cluster }) };
    const backups = backup.backups.filter(({ clusterId }) => clusterId === id);
    const ranges = how === "ranges" ? await tryRanges(place, { backups, passphrase: archive.cipherPass }) : undefined;
    found.push(ranges ?? await boundsOf(place));
  }
  return found;
}

/** An archive id in a repository. */
interface ArchivePlace {
  repository: Repository;
  id: string;
}

async function boundsOf(place: ArchivePlace): Promise<WalBounds> {
  const folders = (await namesIn(place)).filter(isSegmentFolder);
  return bounds(place.id, await firstSegment(place, folders), await lastSegment(place, folders));
}

function bounds(archiveId: string, min: string | undefined, max: string | undefined): WalBounds {
  return { archiveId, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

async function firstSegment(place: ArchivePlace, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const [first] = await storedIn(place, folder);
    if (first !== undefined) return plainName(first);
  }
  return undefined;
}

async function lastSegment(place: ArchivePlace, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders.toReversed()) {
    const last = (await storedIn(place, folder)).at(-1);
    if (last !== undefined) return plainName(last);
  }
  return undefined;
}

/** What is known of an archive id besides what lies in it. */
interface ArchiveKnowledge {
  backups: BackupInfo["backups"];
  passphrase: string | undefined;
}

/** Undefined where a folder in between cannot be read: then the ends are what can be told. */
async function tryRanges(place: ArchivePlace, knowledge: ArchiveKnowledge): Promise<WalBounds | undefined> {
  try {
    return await rangesOf(place, knowledge);
  } catch (error) {
    if (asError(error).kind === "pathOpen") return undefined;
    throw error;
  }
}

async function rangesOf(place: ArchivePlace, { backups, passphrase }: ArchiveKnowledge): Promise<WalBounds> {
  const entries = await namesIn(place);
  const stored: string[] = [];
  const dropped: string[] = [];
  for (const folder of entries.filter(isSegmentFolder)) {
    const inFolder = await namesIn(place, folder);
    for (const name of inFolder) if (isStoredSegment(name)) stored.push(name);
    dropped.push(...markedHoles(inFolder));
  }
  const names = stored.map(plainName);
  const starts = await timelineStarts(place, entries.filter(isHistoryFile), passphrase);
  const segmentSize = toldSegmentSize(backups) ?? await readSegmentSize(place, stored, passphrase) ??
    segmentSizeOf(backups, names);
  const ranges = archiveRanges(names, { backups, starts, segmentSize });
  return { ...bounds(place.id, names[0], names.at(-1)), ...ranges, dropped: holeRuns(dropped, { segmentSize }) };
}

/** The size that stands in a segment itself: only where no backup tells it, because it takes reading one. */
async function readSegmentSize(
  { repository, id }: ArchivePlace,
  stored: readonly string[],
  passphrase: string | undefined,
): Promise<number | undefined> {
  const { findSegmentSize } = await import("../verify/segment_size.ts");
  const files = stored.slice(0, 1).map((name) => ({ path: `${id}/${segmentFolder(name)}/${name}`, size: 0 }));
  return await findSegmentSize(repository, files, passphrase);
}

/** Where each timeline began; a history file that cannot be read tells nothing. */
async function timelineStarts(
  place: ArchivePlace,
  names: readonly string[],
  passphrase: string | undefined,
): Promise<TimelineStart[]> {
  const starts: TimelineStart[] = [];
  for (const name of names) {
    try {
      const fork = (await readHistory(place, { name, passphrase })).at(-1);
      if (fork !== undefined) starts.push({ timeline: timelineOf(name), parent: fork.timeline, lsn: fork.lsn });
    } catch (error) {
      if (asError(error).kind === "assert") throw error;
    }
  }
  return starts;
}

async function readHistory(
  { repository, id }: ArchivePlace,
  { name, passphrase }: { name: string; passphrase: string | undefined },
): Promise<TimelineFork[]> {
  const file = archivePath({ stanza: repository.stanza, archiveId: id }, name);
  return parseTimelineHistory(new TextDecoder().decode(await readSmall(repository, file, passphrase)), { file });
}

/** Names of complete segments as they are stored in a folder, ascending. */
async function storedIn(place: ArchivePlace, folder: string): Promise<string[]> {
  return (await namesIn(place, folder)).filter(isStoredSegment);
}

/** A stored name without checksum and extension. */
function plainName(stored: string): string {
  return stored.slice(0, SEGMENT_LENGTH);
}

/** Names below an archive id. */
async function namesIn({ repository: { storage, stanza }, id }: ArchivePlace, folder: string = ""): Promise<string[]> {
  return await storage.names(`${archiveFolder(stanza)}/${id}${folder === "" ? "" : `/${folder}`}`);
}
