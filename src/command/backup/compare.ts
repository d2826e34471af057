import type { FileEntry } from "../../repository/manifest/file_data.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import { joinPrior } from "../../repository/manifest/prior_join.ts";
import { RowSet } from "../../repository/manifest/row_set.ts";
import { CONTROL_NAME } from "./names.ts";

/** What a backup is compared with. */
export interface PriorFiles {
  label: string;
  /** In byte order of their names, see openManifestStream. */
  files: AsyncIterable<FileEntry[]>;
}

/** What decides whether modification times can be trusted. Times in epoch seconds. */
export interface CompareRules {
  /** Option delta. */
  delta: boolean;
  /** Reasons known before any file was looked at, see {@linkcode setReasons}. */
  reasons: readonly string[];
  /** Last second of the listing: a later modification time lies in the future. */
  listedUntil: number;
  /** True where this backup or the prior one bundles: empty files are not stored there, so there is none to refer to. */
  bundle: boolean;
  /** True while the server runs: pg_control is then never taken over, whatever its time says. */
  online: boolean;
  /** True where files are stored as blocks. */
  blocks: boolean;
}

/** What is to become of the files of a backup. */
export interface Comparison {
  /** True when files are compared by their bytes. */
  delta: boolean;
  /** Why delta was switched on although nobody asked for it; at most one. */
  warnings: string[];
  /** Rows that are taken over from the prior backup unread. */
  unchanged: RowSet;
  /** Rows whose bytes may be those of the prior backup: they carry its data, which stays if they are. */
  candidates: RowSet;
  /** Rows that carry what the prior backup knows of their blocks, so that only the changed ones are stored. */
  continued: RowSet;
}

/**
 * Compares the files of a new backup with those of the prior one. Files that seem to be the same get all that the prior
 * manifest knows of their data; those copied after all lose it again. Source of the rules: behaviour of 2.59.1.
 */
export async function compareWithPrior(files: FileTable, prior: PriorFiles, rules: CompareRules): Promise<Comparison> {
  const sameSize = new RowSet();
  const sameTime = new RowSet();
  const continued = new RowSet();
  let reason = rules.reasons[0] ?? futureReason(files, rules);
  await joinPrior(files, prior.files, (row, entry) => {
    const [size, time] = [files.size(row), files.time(row)];
    reason ??= timeReason(files.name(row), { size, time, prior: entry });
    const goesOn = rules.blocks && isContinued(entry, size);
    if (goesOn) continued.add(row);
    if (size !== entry.size || entry.checksum === undefined && size > 0) {
      if (goesOn) takeOver(files, row, { entry, label: prior.label });
      return;
    }
    if (size === 0 && rules.bundle || rules.online && files.name(row) === CONTROL_NAME) return;
    sameSize.add(row);
    if (time === entry.time || size === 0) sameTime.add(row);
    takeOver(files, row, { entry, label: prior.label });
  });
  const delta = rules.delta || reason !== undefined;
  const isUnchanged = (row: number) => sameTime.has(row) && (!delta || files.size(row) === 0);
  const [unchanged, candidates] = [new RowSet(), new RowSet()];
  for (const row of sameSize.rows()) (isUnchanged(row) ? unchanged : candidates).add(row);
  const warnings = rules.delta || reason === undefined ? [] : [reason];
  return { delta, warnings, unchanged, candidates, continued };
}

/** A file keeps its blocks as long as it has a whole one. */
function isContinued({ block, checksum }: FileEntry, size: number): boolean {
  return block !== undefined && block.mapSize > 0 && checksum !== undefined && size >= block.size;
}

/** Reasons for delta that follow from the backups as a whole. */
export function setReasons(
  prior: { label: string; online: boolean; timeline?: number },
  now: { online: boolean; timeline?: number },
): string[] {
  const reasons: string[] = [];
  if (prior.timeline !== undefined && now.timeline !== undefined && prior.timeline !== now.timeline) {
    reasons.push(
      `a timeline switch has occurred since the ${prior.label} backup, enabling delta checksum\n` +
        "HINT: this is normal after restoring from backup or promoting a standby.",
    );
  }
  if (prior.online !== now.online) {
    reasons.push(`the online option has changed since the ${prior.label} backup, enabling delta checksum`);
  }
  return reasons;
}

function futureReason(files: FileTable, { listedUntil }: CompareRules): string | undefined {
  for (const row of files.rows()) {
    if (files.time(row) <= listedUntil) continue;
    return `file '${files.name(row)}' has timestamp (${files.time(row)}) in the future (relative to copy start ` +
      `${listedUntil + 1}), enabling delta checksum`;
  }
  return undefined;
}

function timeReason(
  name: string,
  { size, time, prior }: { size: number; time: number; prior: FileEntry },
): string | undefined {
  const priorSize = prior.originalSize ?? prior.size;
  if (time < prior.time) {
    return `file '${name}' has timestamp earlier than prior backup (prior ${prior.time}, current ${time}), enabling delta checksum`;
  }
  if (time === prior.time && size !== priorSize) {
    return `file '${name}' has same timestamp (${time}) as prior but different size (prior ${priorSize}, current ${size}), ` +
      "enabling delta checksum";
  }
  return undefined;
}

/** Everything about the data comes from the prior backup; owner, mode and time are those of now. */
function takeOver(files: FileTable, row: number, { entry, label }: { entry: FileEntry; label: string }): void {
  const { checksum, repoChecksum, bundle, block, pageChecksum, pageErrors, reference = label } = entry;
  const { repoSize = entry.size } = entry;
  files.set(row, { checksum, repoChecksum, repoSize, bundle, block, pageChecksum, pageErrors, reference });
}

/** Takes back what {@linkcode compareWithPrior} entered, for a file that is copied after all. */
export const NOT_TAKEN_OVER = {
  checksum: undefined,
  repoChecksum: undefined,
  repoSize: undefined,
  bundle: undefined,
  block: undefined,
  pageChecksum: undefined,
  pageErrors: undefined,
  reference: undefined,
} as const;
