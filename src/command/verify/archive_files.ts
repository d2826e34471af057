import { archiveFolder } from "../../repository/layout.ts";
import type { Repository } from "../../repository/repository.ts";
import { isSegmentFolder } from "../../repository/retention/wal_files.ts";
import { isHoleMark } from "../../repository/wal/hole_mark.ts";
import { isBackupFile, isHistoryFile, isSegment } from "../../repository/wal/segment.ts";
import { parseStoredSegment } from "../../repository/wal/stored_name.ts";
import { baseOf } from "../../storage/path.ts";
import { isTemporary } from "../../storage/posix_file.ts";
import type { Entry } from "../../storage/storage.ts";
import type { ExpectedContent, StoredCheck } from "./stored_check.ts";

/** A file of the archive. */
export interface ArchivedFile {
  /** Path below the folder of the stanza, `15-1/0000000100000000/...`. */
  path: string;
  /** Bytes as stored. */
  size: number;
}

/** The files of one archive id. */
export interface ArchiveFiles {
  id: string;
  /** Complete segments in the order of their names. */
  segments: ArchivedFile[];
  /** Everything else that was archived: history files, partial segments, files of other names. */
  others: ArchivedFile[];
  /** Names of marks: WAL that was given up before it was archived. */
  marks: string[];
  /** What no archive command made, or what one left behind that was interrupted. */
  strays: string[];
}

/** Digits of a segment's name. */
const SEGMENT_LENGTH = 24;

const ARCHIVE_ID = /^[0-9]+(?:\.[0-9]+)*-[0-9]+$/;

/** Whether a name is that of a folder of an archive id. */
export function isArchiveId(name: string): boolean {
  return ARCHIVE_ID.test(name);
}

/** Order of two archive ids: by the number behind the dash. */
export function compareArchiveIds(a: string, b: string): number {
  return Number(a.slice(a.indexOf("-") + 1)) - Number(b.slice(b.indexOf("-") + 1));
}

/** Lists an archive id; `isWanted` picks segments, and what belongs to them, by their 24 digits. */
export async function listArchive(
  repository: Repository,
  id: string,
  isWanted: (segment: string) => boolean = () => true,
): Promise<ArchiveFiles> {
  const files: ArchiveFiles = { id, segments: [], others: [], marks: [], strays: [] };
  for await (const { name: path, kind, size } of archiveEntries(repository, id)) {
    if (isHoleMark(path)) {
      files.marks.push(baseOf(path));
      continue;
    }
    const segment = baseOf(path).slice(0, SEGMENT_LENGTH);
    if (kind !== "file" || isTemporary(path)) files.strays.push(path);
    else if (isSegment(segment) && !isWanted(segment)) continue;
    else (segmentOf({ path }) === undefined ? files.others : files.segments).push({ path, size });
  }
  return files;
}

/** Everything below an archive id, without the folders of segments themselves. */
async function* archiveEntries({ storage, stanza }: Repository, id: string): AsyncGenerator<Entry> {
  for await (const batch of storage.list(`${archiveFolder(stanza)}/${id}`)) {
    for (const entry of batch) {
      const path = `${id}/${entry.name}`;
      if (entry.kind !== "folder" || !isSegmentFolder(entry.name)) {
        yield { ...entry, name: path };
        continue;
      }
      for await (const inside of storage.list(`${archiveFolder(stanza)}/${path}`)) {
        for (const file of inside) yield { ...file, name: `${path}/${file.name}` };
      }
    }
  }
}

/** Name of the complete segment that is stored in a file; undefined for other files and those in a wrong folder. */
export function segmentOf({ path }: Pick<ArchivedFile, "path">): string | undefined {
  const [, folder, name] = path.split("/");
  const segment = parseStoredSegment(name ?? "")?.name;
  return segment !== undefined && isSegment(segment) && segment.startsWith(folder!) ? segment : undefined;
}

/** Segments that are stored more than once; the files come in the order of their names. */
export function duplicatesIn(segments: readonly ArchivedFile[]): Set<string> {
  const duplicates = new Set<string>();
  let before: string | undefined;
  for (const file of segments) {
    const segment = segmentOf(file)!;
    if (segment === before) duplicates.add(segment);
    before = segment;
  }
  return duplicates;
}

/** What a file of the archive has to be: a segment what its name says, the rest at least what can be read. */
export function archiveCheck(
  { path }: ArchivedFile,
  { stanza, segmentSize }: { stanza: string; segmentSize: number | undefined },
): StoredCheck {
  return { path: `${archiveFolder(stanza)}/${path}`, content: expectedOf(baseOf(path), segmentSize) };
}

function expectedOf(name: string, segmentSize: number | undefined): ExpectedContent {
  const stored = parseStoredSegment(name);
  if (stored !== undefined) {
    const { compressType, checksum } = stored;
    return { compressType, raw: false, checksum, ...(segmentSize === undefined ? {} : { size: segmentSize }) };
  }
  const plain = { compressType: "none", raw: false } as const;
  if (isHistoryFile(name)) return { ...plain, form: "timelineHistory" };
  return isBackupFile(name) ? { ...plain, form: "backupHistory" } : plain;
}
