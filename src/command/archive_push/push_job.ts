import type { Job } from "../../process/job.ts";
import type { ClusterIdentity } from "../../repository/info/history.ts";
import type { ArchiveTarget } from "./target.ts";

/** One WAL file to push, as plain data. */
export interface PushJob extends Job {
  kind: "archive-push";
  path: string;
  /** Place in the queue, from 0. */
  number: number;
  cluster: ClusterIdentity;
  targets: Omit<ArchiveTarget, "repository">[];
  /** What is wrong with the other repositories, a line each: the push then fails although these have the file. */
  unusable: string[];
}

/** What came of it. */
export interface PushedFile {
  /** False when the file was left for the next run, because one before it failed. */
  stored: boolean;
  warnings: string[];
}
