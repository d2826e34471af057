import type { OptionTexts } from "./text.ts";

/** Texts of the options of expire. */
export const EXPIRE_TEXTS: OptionTexts = {
  "archive-expire-before": {
    summary: "Remove WAL older than this segment.",
    text:
      "Only WAL that no backup needs is removed, whatever the segment. For cleaning up an archive that grew while expire " +
      "did not run.",
  },
  "dry-run": {
    summary: "Show what would be done, and do nothing.",
    text: "Every message of such a run is marked [DRY-RUN].",
  },
  oldest: {
    summary: "Expire the oldest full backup retention can spare.",
    text: "With all that depends on it. For making room when the repository is full.",
  },
};
