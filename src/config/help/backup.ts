import type { OptionTexts } from "./text.ts";

/** Texts of the options of backup and of the stanza commands. */
export const BACKUP_TEXTS: OptionTexts = {
  "all-repos": {
    summary: "Back up to all repositories in one pass.",
    text:
      "Without it a backup goes to one repository: the one that option repo names, or else the first. With it PostgreSQL is " +
      "told once, the files are listed once, and what several repositories lack is read and compressed once for all of " +
      "them. Each has its own prior backup, encryption and retention; compression, bundles and block incremental must be " +
      "alike.\n\nA repository that fails is left out, the others get the backup, and the exit code is 104. What was stored " +
      "there is used by the next backup, see option resume.",
  },
  annotation: {
    summary: "Note to keep with the backup, as key=value.",
    text: "Notes are shown by info for a single backup. May be given several times.",
    per: {
      annotate: {
        summary: "Note to add, change or remove, as key=value.",
        text: "An empty value removes the note. May be given several times.",
      },
    },
  },
  "backup-standby": {
    summary: "Copy files from a standby.",
    text:
      "* y - a standby is required\n* prefer - a standby is used if there is one\n* n - everything is copied from the " +
      "primary\n\nThe backup is started and stopped on the primary in any case, and some files are copied from it; both " +
      "must be configured.",
  },
  "checksum-page": {
    summary: "Check the checksums of data pages while copying.",
    text:
      "Pages with a wrong checksum are listed in a warning and in the manifest; the backup is completed. Without the " +
      "option pages are checked if the cluster has checksums.",
  },
  exclude: {
    summary: "File or folder to leave out, relative to the data directory.",
    text:
      "With a slash at the end the content of a folder is left out but not the folder. May be given several times. Mind " +
      "that a cluster without a file it needs can not be used: test a restore.",
  },
  "expire-auto": {
    summary: "Run expire after a backup.",
    text:
      "Backups and WAL that retention no longer asks for are removed once the new backup is safe. Switch it off to run " +
      "expire at a time of your own.",
  },
  force: {
    summary: "Do it although a check speaks against it.",
    text: "What is overruled depends on the command.",
    per: {
      backup: {
        summary: "Back up offline although the cluster seems to run.",
        text: "Only with --no-online. If the cluster does run, the backup is not consistent.",
      },
      restore: {
        summary: "Restore into a folder that has content.",
        text:
          "What is not part of the backup is removed, everything else is written again; with --delta files that differ " +
          "in size or time are. It needs PG_VERSION or backup.manifest in the folder as proof that this is a data " +
          "directory.",
      },
      "stanza-create": {
        summary: "Has no effect any more.",
        text: "Accepted so that old scripts go on working.",
      },
      "stanza-delete": {
        summary: "Delete the stanza although its cluster runs.",
        text: "Normally the cluster must be stopped first, because it would go on pushing WAL.",
      },
      stop: {
        summary: "Also end the commands that are running now.",
        text:
          "The processes that hold a lock of the stanza are asked to end. Without it they finish and only new ones are " +
          "kept from starting.",
      },
    },
  },
  "manifest-save-threshold": {
    summary: "How many bytes are copied between two saves of progress.",
    text: "A backup that is continued after a failure has to copy again what was copied since the last save.",
  },
  online: {
    summary: "Work with a running cluster.",
    text: "With --no-online PostgreSQL is not connected to and must be stopped.",
    per: {
      backup: {
        summary: "Back up a running cluster.",
        text: "With --no-online the cluster must be stopped; nothing is asked of PostgreSQL and no WAL is waited for.",
      },
    },
  },
  "page-header-check": {
    summary: "Check the headers of data pages too.",
    text: "When pages are checked, their headers are looked at for impossible values besides the checksum.",
  },
  resume: {
    summary: "Continue a backup that did not finish.",
    text: "Files of the last unfinished backup are used again when they are still right, after their checksums were " +
      "compared. Otherwise they are removed and copied again.",
  },
  "start-fast": {
    summary: "Begin with a checkpoint right away.",
    text:
      "A backup begins with a checkpoint. Normally PostgreSQL spreads it over minutes to spare the disks; with this " +
      "option it is done at once.",
  },
  "stop-auto": {
    summary: "Has no effect any more.",
    text: "Failed backups end by themselves when their connection does.",
  },
  type: {
    summary: "Type of the backup.",
    text:
      "* full - every file\n* diff - files changed since the last full backup\n* incr - files changed since the last " +
      "backup of any type\n\nWithout a full backup to build upon, a full one is made.",
    per: {
      info: {
        summary: "Show backups of this type only.",
        text: "One of full, diff and incr.",
      },
      restore: {
        summary: "How far to recover.",
        text:
          "* default - to the end of the archive\n* immediate - until the backup is consistent\n* lsn, name, time, xid - " +
          "to the target given with --target\n* standby - go on as a standby\n* preserve - leave the recovery settings of " +
          "the backup as they are\n* none - write no recovery settings; the result is only consistent if the backup was " +
          "made offline",
      },
    },
  },
  "wal-summaries": {
    summary: "Let WAL summaries tell which files have not changed.",
    text:
      "From PostgreSQL 17 on, with its setting summarize_wal, the server keeps track of the blocks that change. A diff or " +
      "incr backup then does not read relations of which no block has changed since the prior backup, even if their time " +
      "has. Where summaries are missing, files are read as without the option; the log says why. With --delta all files " +
      "are read.",
  },
};
