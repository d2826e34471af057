import type { OptionTexts } from "./text.ts";

/** Texts of the options of restore. */
export const RESTORE_TEXTS: OptionTexts = {
  "archive-mode": {
    summary: "Whether the restored cluster archives.",
    text:
      "* preserve - as it did when it was backed up\n* off - archive_mode is switched off\n\nSwitch it off for copies of a " +
      "cluster that must not push WAL into the archive of the original.",
  },
  "db-exclude": {
    summary: "Database to leave out.",
    text:
      "Its files are restored with their size but without content. The cluster can be used, the database can only be " +
      "dropped. May be given several times; not for template0, template1 and postgres.",
  },
  "db-include": {
    summary: "Database to restore, while others are left out.",
    text: "Files of all databases but the named ones and the built-in ones are restored with their size but without " +
      "content. Drop these databases after recovery. May be given several times.",
  },
  "link-all": {
    summary: "Restore symbolic links as links.",
    text: "Files and folders the data directory linked to are restored where the links pointed to, and linked again. " +
      "Without it they are restored inside the data directory.",
  },
  "link-map": {
    summary: "New destination of a symbolic link, as link=path.",
    text:
      "The link is named relative to the data directory, pg_wal for instance. A link that did not exist is made. May be " +
      "given several times.",
  },
  "recovery-option": {
    summary: "Setting to write for recovery, as name=value.",
    text:
      "For settings no other option stands for, primary_conninfo for instance. A setting that is generated, such as " +
      "restore_command, is overruled. May be given several times.",
  },
  "set-choice": {
    summary: "Which repository's backup is restored when several have one that fits.",
    text:
      "* first - that of the repository with the lowest number, as pgBackRest does; a warning names a newer one\n* newest - " +
      "the newest that fits, wherever it is: with a target the one nearest before it, so that less WAL is to be replayed",
  },
  "tablespace-map": {
    summary: "New place of a tablespace, as name=path.",
    text: "The tablespace is given by its name or its OID. May be given several times.",
  },
  "tablespace-map-all": {
    summary: "Folder in which all tablespaces are restored.",
    text:
      "Each one gets a folder of its name there, but for those with a place of their own in tablespace-map. Of use when " +
      "tablespaces are not known in advance.",
  },
  target: {
    summary: "Point to recover to.",
    text:
      "A time, LSN, transaction id or name of a restore point, according to --type. A time should carry its offset from " +
      "UTC, 2026-01-31 12:00:00+00 for instance. The backup to begin with is chosen by itself for a time or an LSN.",
  },
  "target-action": {
    summary: "What PostgreSQL does when the target is reached.",
    text:
      "* pause - wait for a look at the data, then for pg_wal_replay_resume()\n* promote - accept connections on a new " +
      "timeline\n* shutdown - stop",
  },
  "target-exclusive": {
    summary: "Stop just before the target.",
    text: "Without it the transaction at the target is recovered too.",
  },
  "target-timeline": {
    summary: "Timeline to recover along.",
    text:
      "A number, hexadecimal with 0x, or current (the backup's own) or latest. Without it PostgreSQL's own default " +
      "counts.",
  },
};
