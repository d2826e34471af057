import type { Job } from "../../process/job.ts";
import type { ArchiveMatch } from "./find.ts";

/** One segment to fetch into the spool, as plain data. */
export interface GetJob extends Job {
  kind: "archive-get";
  name: string;
  /** Absolute path of the folder it goes to. */
  folder: string;
  /** Stored forms, in the order in which they are to be tried. */
  matches: (Omit<ArchiveMatch, "repository"> & { key: number })[];
  /** What went wrong while it was looked for; it goes with the segment. */
  warnings: string[];
}
