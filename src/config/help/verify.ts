import type { OptionTexts } from "./text.ts";

/** Texts of the options of verify that pgBackRest does not have. */
export const VERIFY_TEXTS: OptionTexts = {
  "verify-content": {
    summary: "Look into every stored file.",
    text:
      "Each file of a backup is decrypted and decompressed, and what comes out is compared with the checksum of the " +
      "file in the cluster. Without it the stored bytes are compared with the checksum that was taken when they were " +
      "stored, which costs much less; files that have none and all WAL are looked into in any case.",
  },
  "verify-exit": {
    summary: "What the exit status says.",
    text: "* strict - 26 when stored content is damaged, 82 when a backup needs WAL that is missing, 28 when " +
      "backup.info, archive.info or a manifest cannot be used; of several the last in this order\n" +
      "* peer - 0 whatever was found, as pgBackRest does it; the output says what is wrong",
  },
  "verify-json": {
    summary: "Print the result as JSON.",
    text:
      "One object with everything that was checked and found, printed whether something is wrong or not. It takes the " +
      "place of what option output asks for. With log-level-console=off nothing else is printed.",
  },
  "verify-pages": {
    summary: "Check the pages of stored relations.",
    text:
      "The page checksums of PostgreSQL are computed for the relations of backups whose cluster has them. A bad page " +
      "that the backup does not know of is a warning: it may have been written to while it was copied, and is then " +
      "replaced from WAL in recovery. The files concerned are looked into as with verify-content.",
  },
};
