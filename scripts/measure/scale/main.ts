import type { TestBed } from "../bed.ts";
import { compare, type Task } from "../task.ts";
import { BACKUPS_PER_SET } from "./many_backups.ts";
import { makeFilesBed, makeHistoryBed, makeUnchangedBed } from "./bed.ts";
import type { StoredForm } from "./prior.ts";
import { fileTasks, historyTasks, unchangedTasks, verifyTasks } from "./tasks.ts";

/** What is measured where there is a lot of it. */
export const SCALE_KINDS = ["files", "unchanged", "bundles", "blocks", "history", "verify"] as const;

/** What of it is measured, and how. */
export interface ScaleRequest {
  kind: typeof SCALE_KINDS[number];
  executable: string;
  rounds: number;
  /** Part of the full size, 0.1 for a tenth. */
  part: number;
}

/** Files of the cluster that is backed up and restored, and of the one that has hardly changed. */
const FILES = 100_000;
const UNCHANGED = 1_000_000;

/** The repository that is looked at and expired, and the one that is verified, whose segments are all read. */
const HISTORY = { backups: 1000, segments: 100_000, files: 30 };
const VERIFIED = { backups: 1000, segments: 10_000, files: 100 };

/** Measures what takes long only where there is a lot: many files, many backups, many segments. */
export async function measureScale({ kind, executable, rounds, part }: ScaleRequest): Promise<void> {
  const history = ({ backups, segments, files }: typeof HISTORY) =>
    makeHistoryBed(executable, { backups: backups * part, segments: segments * part, files });
  const unchanged = (form: StoredForm) => ({
    make: () => makeUnchangedBed(executable, { files: UNCHANGED * part, form }),
    tasks: (bed: TestBed) => unchangedTasks(bed, { files: UNCHANGED * part, form }),
  });
  const kinds: Record<typeof kind, { make(): Promise<TestBed>; tasks(bed: TestBed): Task[] }> = {
    files: { make: () => makeFilesBed(executable, FILES * part), tasks: (bed) => fileTasks(bed, FILES * part) },
    unchanged: unchanged("files"),
    bundles: unchanged("bundles"),
    blocks: unchanged("blocks"),
    history: {
      make: () => history(HISTORY),
      tasks: (bed) => historyTasks(bed, HISTORY.backups / BACKUPS_PER_SET * part),
    },
    verify: { make: () => history(VERIFIED), tasks: verifyTasks },
  };
  await using bed = await kinds[kind].make();
  for (const task of kinds[kind].tasks(bed)) await compare(bed, task, rounds);
}
