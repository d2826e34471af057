import type { CommandName } from "../commands.ts";

/** What help says about a command after its summary. */
export const COMMAND_TEXTS: Readonly<Record<CommandName, string>> = {
  annotate:
    "Notes are pairs of key and value that are kept with a backup and shown by info --set. A pair with an empty " +
    "value removes the note.",
  "archive-get":
    "PostgreSQL calls this through restore_command for each file it needs in recovery; restore writes the " +
    "setting. The segment is taken from the first repository that has it and written to the destination once its checksum " +
    "proved right. The exit status is 1 only when every repository answered that it does not have the file, because " +
    "PostgreSQL takes that for the end of the archive.",
  "archive-push": "PostgreSQL calls this through archive_command for each finished segment, for instance:\n\n" +
    "archive_command = 'pgbackrest --stanza=main archive-push %p'\n\nThe segment is compressed and stored in every " +
    "repository. Success is reported when all of them have it. A segment that is there already with the same content is " +
    "accepted, one with other content is refused.",
  backup:
    "Copies the cluster into the repository with the lowest index, or the one --repo names, while it goes on working. " +
    "Then WAL is waited for, and unless expire-auto is off old backups are expired. There is no scheduler: use cron, a " +
    "systemd timer or the like.",
  check:
    "Looks whether the cluster and every repository can be reached and fit together, whether a backup could read all " +
    "files of the cluster and write to every repository, whether there is room for a full one, whether archiving is " +
    "configured, and whether a WAL segment really arrives in the archive. Without a stanza all stanzas of the " +
    "configuration are checked. Run it after each change of the configuration.",
  expire:
    "Removes backups and WAL that the options for retention no longer ask for. Backup does this by itself, so it is " +
    "only needed after a change of retention or with expire-auto=n.",
  help: "Without argument commands are listed, with a command its options, with an option its meaning, its current " +
    "value and its default.",
  info:
    "Shows all stanzas, or the one that is given, with their archives, backups and what is running now. With --set a " +
    "single backup is shown in detail. WAL that is missing in an archive is listed with what it means. The exit status is " +
    "0 even when there is something wrong with a stanza, the output says so; it is 104 when no repository could be read.",
  manifest: "Prints what the manifest of a backup says about its files as JSON.",
  remote: "The command= of a line in authorized_keys: whoever logs in with that key can do nothing but what option " +
    "remote-allow says, in the stanza given here. What the other host wants to run is not run, only compared with that.\n\n" +
    'restrict,command="pg_backrest --stanza=main --remote-allow=push remote" ssh-ed25519 AAAA... db1',
  "repo-get":
    "Prints a file of the repository to stdout. The path is relative to the repository or absolute. Encrypted files " +
    "are decrypted, compressed ones are not decompressed.",
  "repo-ls": "Lists a folder of the repository like ls. The path is relative to the repository or absolute.",
  "repo-put": "Stores what comes from stdin as a file in the repository.",
  "repo-rm": "Removes a file or folder of the repository.",
  restore:
    "Puts a backup into the data directory, which must be empty and belong to a stopped cluster unless --delta or " +
    "--force is used, and writes the settings PostgreSQL needs to recover. Start PostgreSQL afterwards. A restore that was " +
    "interrupted can be continued with --delta.",
  server:
    "Waits for other hosts that connect with TLS, as an alternative to ssh. Stays in the foreground; SIGHUP reads the " +
    "configuration again.",
  "server-ping": "Connects to a TLS server to see whether it answers. Certificates are not checked.",
  "stanza-create":
    "Must be run once for each stanza, when repository and cluster are configured and before anything is " +
    "archived or backed up. Running it again does no harm.",
  "stanza-delete":
    "Removes all backups and all WAL of a stanza from a repository, for good. The cluster must be stopped " +
    "and the stop command must have been run.",
  "stanza-upgrade":
    "Tells the repositories that the cluster now has another major version. Run it after pg_upgrade, before " +
    "the new cluster archives. Backups of the old one can still be restored.",
  start: "Takes back the stop command, for one stanza or, without --stanza, for all.",
  stop: "Keeps new commands from running on this host, for one stanza or, without --stanza, for all, until the start " +
    "command. Restore, archive-get and info go on working. What is running goes on unless --force is given.",
  verify:
    "Reads everything that is stored for a stanza and compares it with the checksums that were taken when it was " +
    "stored.",
  version: "Prints the version of this program and the version of pgBackRest it follows.",
};
