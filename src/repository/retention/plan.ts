import type { ArchiveInfo } from "../info/archive_info.ts";
import type { BackupInfo } from "../info/backup_info.ts";
import { HISTORY_EXTENSION } from "../layout.ts";
import { type ArchiveRule, planArchive } from "./archive.ts";
import { type BackupExpiry, planBackups } from "./backups.ts";
import { type LabelFolder, planFolders } from "./folders.ts";
import { type HistoryRemoval, type HistoryYear, planHistory } from "./history.ts";
import type { ExpireRequest, Note, RetentionPolicy } from "./policy.ts";
import {
  type ArchiveListing,
  type ArchiveRemoval,
  isSegmentFolder,
  judgeFolder,
  planRemoval,
  removedRuns,
} from "./wal_files.ts";

/** What a stanza has in one repository. */
export interface StanzaContent {
  /** backup.info after reconciliation with the folders. */
  info: BackupInfo;
  archive: ArchiveInfo;
  folders: readonly LabelFolder[];
  wal: readonly ArchiveListing[];
  history: readonly HistoryYear[];
}

/** Everything a run of expire will do to one repository. */
export interface ExpirePlan extends Pick<BackupExpiry, "expired" | "info" | "policy" | "setFound" | "latestExpired"> {
  /** Folders to remove, by label, newest first. */
  folders: string[];
  wal: ArchiveRemoval[];
  history: HistoryRemoval;
  notes: Note[];
}

/** What retention rules are applied with. `now` in epoch seconds. */
export interface ExpireRules {
  policy: RetentionPolicy;
  request: ExpireRequest;
  now: number;
}

/**
 * The folders of segments whose files planExpire() has to know by their names; all others go or stay as a whole, so there
 * nobody needs to look. In `content` the folders may be empty.
 */
export function foldersToList(
  content: Pick<StanzaContent, "info" | "archive" | "wal">,
  rules: ExpireRules,
): { archiveId: string; folder: string }[] {
  const { rules: archiveRules } = archivePlan(content, { ...rules, ...planBackups(content.info, rules) });
  return archiveRules.flatMap((rule) => {
    const { archiveId, folders } = listingOf(content, rule);
    const looked = [...folders.keys()].filter((name) => isSegmentFolder(name) && judgeFolder(rule, name) === "look");
    return looked.map((folder) => ({ archiveId, folder }));
  });
}

function archivePlan(
  { archive, wal }: Pick<StanzaContent, "archive" | "wal">,
  { info, policy, request }: Pick<BackupExpiry, "info" | "policy"> & { request: ExpireRequest },
): ReturnType<typeof planArchive> {
  const present = wal.map(({ archiveId }) => archiveId);
  return planArchive(info, { policy, archive, present, before: request.archiveExpireBefore });
}

function listingOf({ wal }: Pick<StanzaContent, "wal">, rule: ArchiveRule): ArchiveListing {
  return wal.find(({ archiveId }) => archiveId === rule.archiveId)!;
}

/**
 * Plans a run of expire on one repository. Error 75 for a requested set that must stay, 29 where the two info files
 * know different clusters.
 */
export function planExpire(content: StanzaContent, { policy, request, now }: ExpireRules): ExpirePlan {
  const { notes, ...backups } = planBackups(content.info, { policy, request, now });
  const folders = planFolders(backups.info, content.folders, request);
  const archive = archivePlan(content, { ...backups, request });
  const wal: ArchiveRemoval[] = [];
  const walNotes: Note[] = [];
  for (const rule of archive.rules) {
    const listing = listingOf(content, rule);
    const removal = planRemoval(rule, listing);
    wal.push(removal);
    if (rule.keep === "ranges") walNotes.push(...removalNotes(removal, listing));
  }
  const history = planHistory(backups.info, { years: content.history, days: policy.history, now });
  return {
    ...backups,
    folders,
    wal,
    history,
    notes: [
      ...notes,
      ...folders.map((label): Note => ({ level: "info", text: `remove expired backup ${label}` })),
      ...archive.notes,
      ...walNotes,
      ...history.years.map((year): Note => ({ level: "info", text: `remove expired backup history path ${year}` })),
      ...history.labels.map((label): Note => ({
        level: "info",
        text: `remove expired backup history manifest ${label}${HISTORY_EXTENSION}`,
      })),
    ],
  };
}

/** What the log says of the WAL of one archive id. */
export function removalNotes(removal: ArchiveRemoval, listing: ArchiveListing): Note[] {
  const runs = removedRuns(removal, listing);
  const text = (run: { first: string; last: string }): string =>
    `${removal.archiveId} remove archive, start = ${run.first}, stop = ${run.last}`;
  const notes = runs.map((run): Note => ({ level: "info", text: text(run) }));
  for (const name of removal.history) {
    notes.push({ level: "info", text: `${removal.archiveId} remove history file ${name}` });
  }
  return notes.length > 0 ? notes : [{ level: "info", text: `${removal.archiveId} no archive to remove` }];
}
