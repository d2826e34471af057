import { isHistoryFile } from "../wal/segment.ts";
import type { ArchiveRule, WalRange } from "./archive.ts";

/** What a rule says of a 16-digit folder: it goes as a whole, its files are to be looked at, or it stays as it is. */
export type FolderVerdict = "remove" | "look" | "keep";

/** The folders and other names of an archive id, and the names within its folders. */
export interface ArchiveListing {
  archiveId: string;
  folders: ReadonlyMap<string, readonly string[]>;
  files: readonly string[];
}

/** What of an archive id is to be removed. */
export interface ArchiveRemoval {
  archiveId: string;
  /** The folder of the archive id as a whole. */
  all: boolean;
  /** 16-digit folders as a whole. */
  folders: string[];
  /** Single files, with the folder they are in. */
  files: { folder: string; name: string }[];
  /** Timeline history files. */
  history: string[];
}

const FOLDER = /^[0-F]{16}$/;
const WAL_LENGTH = 24;
const FOLDER_LENGTH = 16;

/** Whether a name is that of a folder of segments. */
export function isSegmentFolder(name: string): boolean {
  return FOLDER.test(name);
}

/** What happens to a folder of segments. */
export function judgeFolder(rule: ArchiveRule, folder: string): FolderVerdict {
  if (rule.keep !== "ranges") return rule.keep === "all" ? "keep" : "remove";
  if (!isInRange(rule.ranges, { text: folder, length: FOLDER_LENGTH })) return "remove";
  return folder <= rule.from.slice(0, FOLDER_LENGTH) ? "look" : "keep";
}

/** Whether a file in a folder that is to be looked at goes: whatever begins with a segment outside all ranges. */
export function isExpiredWal(rule: ArchiveRule, name: string): boolean {
  if (rule.keep !== "ranges" || !/^[0-F]{24}/.test(name)) return false;
  return !isInRange(rule.ranges, { text: name.slice(0, WAL_LENGTH), length: WAL_LENGTH });
}

/** Whether a timeline history file goes: of timelines before the one where the WAL begins that is kept without gaps. */
export function isExpiredHistory(rule: ArchiveRule, name: string): boolean {
  return rule.keep === "ranges" && rule.expireHistory && isHistoryFile(name) &&
    name.slice(0, 8) < rule.from.slice(0, 8);
}

/** Applies a rule to a whole listing. */
export function planRemoval(rule: ArchiveRule, listing: ArchiveListing): ArchiveRemoval {
  const removal: ArchiveRemoval = {
    archiveId: rule.archiveId,
    all: rule.keep === "nothing",
    folders: [],
    files: [],
    history: [],
  };
  if (rule.keep !== "ranges") return removal;
  for (const folder of [...listing.folders.keys()].filter(isSegmentFolder).sort()) {
    const verdict = judgeFolder(rule, folder);
    if (verdict === "remove") removal.folders.push(folder);
    if (verdict !== "look") continue;
    for (const name of [...listing.folders.get(folder)!].sort()) {
      if (isExpiredWal(rule, name)) removal.files.push({ folder, name });
    }
  }
  removal.history = listing.files.filter((name) => isExpiredHistory(rule, name)).sort();
  return removal;
}

/** First and last segment or folder of each run of removals that nothing kept interrupts, for the log. */
export function removedRuns(removal: ArchiveRemoval, listing: ArchiveListing): { first: string; last: string }[] {
  const gone = new Set([...removal.folders, ...removal.files.map(({ name }) => name)]);
  const runs: { first: string; last: string }[] = [];
  let open = false;
  for (const item of walkListing(removal, listing)) {
    const name = item.slice(0, WAL_LENGTH);
    if (!gone.has(item)) open = false;
    else if (open) runs.at(-1)!.last = name;
    else open = runs.push({ first: name, last: name }) > 0;
  }
  return runs;
}

function* walkListing(removal: ArchiveRemoval, listing: ArchiveListing): Generator<string> {
  const looked = new Set(removal.files.map(({ folder }) => folder));
  for (const folder of [...listing.folders.keys()].filter(isSegmentFolder).sort()) {
    if (looked.has(folder)) yield* [...listing.folders.get(folder)!].sort();
    else yield folder;
  }
}

/** Whether a name, cut to `length`, lies in a range cut to the same length; the last one that begins before it decides. */
function isInRange(ranges: readonly WalRange[], { text, length }: { text: string; length: number }): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.start.slice(0, length) <= text) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low - 1];
  return range !== undefined && (range.stop === undefined || text <= range.stop.slice(0, length));
}
