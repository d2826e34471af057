import { hasPageChecksums, isRelationLike, relationSegment, type SelectionRules } from "../../postgres/selection.ts";
import type { FileData } from "../../repository/manifest/file_data.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import { baseOf, parentOf } from "../../storage/path.ts";
import type { CopyBlocks, CopyFile, KeptFile } from "./copy_job.ts";
import { CONTROL_NAME } from "./names.ts";

/** What decides how a file is copied. */
export interface FileRules {
  selection: SelectionRules;
  /** Whether page checksums are looked at. */
  checksumPage: boolean;
  /** True for rows that carry the data of the prior backup, to be compared with. */
  isCandidate(row: number): boolean;
  /** What a run that broke off stored of a row. */
  kept(row: number): FileData | undefined;
  /** How a row is stored as blocks; undefined: whole. */
  blocks(row: number): CopyBlocks | undefined;
}

/** Files that WAL keeps alike on a primary and its standbys, and brings up to date after a restore. */
export function isReplicated(name: string): boolean {
  return isRelationLike(name) && name !== CONTROL_NAME;
}

/** How a row of a manifest is copied. */
export function copyFileOf(files: FileTable, row: number, rules: FileRules): CopyFile {
  const name = files.name(row);
  const checked = rules.checksumPage && hasPageChecksums(parentOf(name), baseOf(name), rules.selection);
  const priorChecksum = rules.isCandidate(row) ? files.stored(row).checksum : undefined;
  const kept = keptFile(rules.kept(row));
  const block = rules.blocks(row);
  return {
    row,
    name,
    size: files.size(row),
    limit: isReplicated(name),
    ...(checked ? { pages: { segment: relationSegment(name) } } : {}),
    ...(priorChecksum === undefined ? {} : { priorChecksum }),
    ...(kept === undefined ? {} : { kept }),
    ...(block === undefined ? {} : { block }),
  };
}

function keptFile(data: FileData | undefined): KeptFile | undefined {
  if (data?.checksum === undefined) return undefined;
  const { size, checksum, repoSize = size, repoChecksum, bundle, block, pageChecksum, pageErrors } = data;
  return {
    size,
    checksum,
    repoSize,
    ...(repoChecksum === undefined ? {} : { repoChecksum }),
    ...(bundle === undefined ? {} : { bundle }),
    ...(block === undefined ? {} : { block }),
    ...(pageChecksum === undefined ? {} : { pageChecksum }),
    ...(pageErrors === undefined ? {} : { pageErrors }),
  };
}
