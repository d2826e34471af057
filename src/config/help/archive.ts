import type { OptionTexts } from "./text.ts";

/** Texts of the options of archiving. */
export const ARCHIVE_TEXTS: OptionTexts = {
  "archive-async": {
    summary: "Push and get WAL in the background.",
    text:
      "A process of its own pushes all segments that are ready, or fetches those that will be needed next, several at a " +
      "time; PostgreSQL then only waits for a status file. It needs spool-path.",
  },
  "archive-check": {
    summary: "Wait until the WAL a backup needs is in the archive.",
    text:
      "A backup can not be used without the WAL written while it ran. Without this check it may be complete in name " +
      "only, so switch it off only when WAL gets into the archive in another way.",
  },
  "archive-copy": {
    summary: "Store the WAL a backup needs in the backup too.",
    text:
      "The backup can then be restored even if that WAL is lost from the archive. It takes more space, and pages are " +
      "not shared with other backups. Restore puts the segments into pg_wal.",
  },
  "archive-get-queue-max": {
    summary: "How much WAL archive-get fetches ahead.",
    text:
      "The bytes of WAL kept in spool-path during recovery with archive-async. More hides a slow repository better; the " +
      "space is needed on the host of the cluster.",
  },
  "archive-header-check": {
    summary: "Check that a WAL segment belongs to the stanza.",
    text:
      "Version and system identifier in the header of the segment are compared with the stanza before it is pushed. " +
      "This keeps a wrongly configured cluster from filling the archive of another one.",
  },
  "archive-missing-retry": {
    summary: "Look again for a segment that was missing.",
    text:
      "With archive-async, a segment the background process did not find is searched once more when PostgreSQL asks for " +
      "it, because it may have arrived in the meantime.",
  },
  "archive-mode-check": {
    summary: "Refuse archive_mode=always.",
    text:
      "With archive_mode=always a standby pushes the same segments as the primary. Two of them with different content " +
      "would not be told apart from a mistake, so this setting is refused.",
  },
  "archive-push-batch-size": {
    summary: "Most WAL one background run pushes.",
    text:
      "With archive-async, the process in the background ends after this many bytes and the next push starts another " +
      "one. This keeps a long backlog from hiding changes of the configuration.",
  },
  "archive-push-queue-max": {
    summary: "Backlog of WAL at which segments are given up.",
    text:
      "When more WAL than this waits to be pushed, PostgreSQL is told that the segments are safe although they are " +
      "not: the cluster stays up instead of filling its disk, but recovery can not pass the gap, and a new backup is " +
      "needed. Without the option WAL is kept until it is pushed.",
  },
  "archive-resident": {
    summary: "How long the process in the background stays.",
    text:
      "With archive-async, the process that pushed or fetched WAL stays for this time after its last work and answers " +
      "the next calls on a socket in spool-path, which only its user can use. It holds no locks while it waits, and " +
      "ends when the executable or the configuration changes.",
  },
  "archive-socket": {
    summary: "Socket at which the process in the background answers.",
    text: "Default: push.socket or get.socket in the folder of the stanza in spool-path. Set as the variable " +
      "PG_BACKREST_ARCHIVE_SOCKET in archive_command or restore_command, the executable asks there before it does " +
      "anything else, and starts up only when the answer is not simply yes. A path has at most 107 bytes.",
  },
  "archive-timeout": {
    summary: "How long to wait for a WAL segment.",
    text:
      "For backup and check: the time until a segment must be in the archive. For archive-push and archive-get with " +
      "archive-async: the time until the process in the background must have answered.",
  },
};
