import type { ArchiveInfo } from "../../repository/info/archive_info.ts";
import { archiveId } from "../../repository/info/history.ts";
import { archiveFolder } from "../../repository/layout.ts";
import { markedHoles } from "../../repository/wal/hole_mark.ts";
import { baseOf } from "../../storage/path.ts";
import {
  archiveCheck,
  type ArchivedFile,
  type ArchiveFiles,
  compareArchiveIds,
  duplicatesIn,
  isArchiveId,
  segmentOf,
} from "./archive_files.ts";
import { type ArchiveResult, count, newTally } from "./result.ts";
import { type CheckRun, runChecks, type WeighedCheck } from "./run_checks.ts";
import { findSegmentSize } from "./segment_size.ts";
import type { CheckFinding, StoredCheck } from "./stored_check.ts";
import type { VerifyRun } from "./verify_run.ts";

/** The WAL of an archive id as it was found. */
export interface VerifiedArchive {
  result: ArchiveResult;
  /** Names of the segments that are there, ascending, damaged ones included. */
  present: string[];
  /** Those of them that are damaged. */
  damaged: string[];
  /** WAL files that were given up before they were archived, ascending. */
  dropped: string[];
  /** Bytes; undefined where no segment could be read. */
  segmentSize: number | undefined;
}

/** An archive id of which nothing is there. */
export function emptyArchive(id: string): VerifiedArchive {
  return {
    result: { id, ...newTally(), duplicates: [], other: newTally(), ranges: [], holes: [] },
    present: [],
    damaged: [],
    dropped: [],
    segmentSize: undefined,
  };
}

/** The archive ids of a stanza, ascending by the number of the cluster, and what else lies beside them. */
export async function listArchiveIds(
  { repository }: Pick<VerifyRun, "repository">,
): Promise<{ ids: string[]; strays: string[] }> {
  const ids: string[] = [];
  const strays: string[] = [];
  for await (const batch of repository.storage.list(archiveFolder(repository.stanza))) {
    for (const { name, kind } of batch) {
      if (kind === "folder" && isArchiveId(name)) ids.push(name);
      else if (name !== "archive.info" && name !== "archive.info.copy") strays.push(name);
    }
  }
  return { ids: ids.sort(compareArchiveIds), strays };
}

/** Reports archive ids of clusters that archive.info does not know: nobody can use their WAL. */
export function reportUnknownIds(
  { findings }: Pick<VerifyRun, "findings">,
  ids: readonly string[],
  info: ArchiveInfo,
): void {
  const known = new Set(info.entries.map(archiveId));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  findings.problem(`archiveIds '${unknown.join(", ")}' are not in the archive.info history list`);
  findings.fault("info");
}

/** Verifies the files of one archive id: segments against the checksum in their name and the segment size. */
export async function verifyArchive(
  run: VerifyRun,
  { id, segments, others, marks }: ArchiveFiles,
  info: ArchiveInfo,
): Promise<VerifiedArchive> {
  const { repository, findings } = run;
  const segmentSize = await findSegmentSize(repository, segments, info.cipherPass);
  const duplicates = duplicatesIn(segments);
  for (const segment of duplicates) {
    findings.problem(`duplicate WAL '${segment}' for '${id}' exists, skipping`);
    findings.fault("content");
  }
  const { result, damaged } = emptyArchive(id);
  result.duplicates = [...duplicates];
  const vanished = new Set<string>();
  await runChecks(checksOf([...segments, ...others], { stanza: repository.stanza, segmentSize }), {
    ...run.checking(info.cipherPass),
    took: takeInto(run, { result, duplicates, vanished, damaged }),
  });
  const present = segments.filter(({ path }) => !vanished.has(path)).map((file) => segmentOf(file)!);
  const dropped = markedHoles([...marks, ...segments.map(({ path }) => baseOf(path))]);
  return { result, present, damaged, dropped, segmentSize };
}

function* checksOf(
  files: readonly ArchivedFile[],
  options: { stanza: string; segmentSize: number | undefined },
): Generator<WeighedCheck> {
  for (const file of files) yield { check: archiveCheck(file, options), bytes: file.size };
}

/** Enters what was found of each file of an archive id. */
function takeInto(
  { repository, findings }: VerifyRun,
  { result, duplicates, vanished, damaged }: {
    result: ArchiveResult;
    duplicates: ReadonlySet<string>;
    vanished: Set<string>;
    damaged: string[];
  },
): CheckRun["took"] {
  const root = `${archiveFolder(repository.stanza)}/`;
  return (check: StoredCheck, finding: CheckFinding | undefined, worker: number) => {
    const name = check.path.slice(root.length);
    const segment = segmentOf({ path: name });
    const outcome = finding?.problem ?? "valid";
    if (segment === undefined) count(result.other, outcome);
    else if (duplicates.has(segment)) result.checked++;
    else count(result, outcome);
    if (finding === undefined || outcome === "valid") return;
    if (outcome === "missing") {
      // Perhaps it was expired meanwhile; whether a backup needs it is judged at the end.
      vanished.add(name);
      findings.warn(`file missing '${name}'`, { process: worker });
    } else {
      if (segment !== undefined) damaged.push(segment);
      findings.stored(finding, { name, worker });
      findings.fault("content");
    }
  };
}
