import type { OptionTexts } from "./text.ts";

/** Texts of the options most commands share. */
export const GENERAL_TEXTS: OptionTexts = {
  "allow-root": {
    summary: "Allow the command to run as root.",
    text:
      "Files written by root can not be changed by the user who normally runs backups, which makes later runs fail. " +
      "So everything but restore refuses to run as root unless this option is set. Restore needs root now and then " +
      "to give files back to their owners.",
  },
  beta: {
    summary: "Allow options that are marked as beta.",
    text:
      "By itself this option changes nothing. It only lifts the refusal of options whose behaviour or file format " +
      "may still change.",
  },
  "buffer-size": {
    summary: "Size of the buffers files are copied with.",
    text:
      "Larger buffers mean fewer calls into the system and, up to a point, a better compression ratio. Every process " +
      "needs several buffers, so memory use grows with process-max.",
  },
  cmd: {
    summary: "Program that is written into generated commands.",
    text:
      "Restore writes a restore_command into the configuration of the cluster; it names this program as it was called. " +
      "Set the option when the cluster has to call it by another path, for instance through a link that survives " +
      "upgrades.",
  },
  compress: {
    summary: "Compress files in the repository.",
    text:
      "Kept for old configurations: compress=n means compress-type=none. Use compress-type in new ones; setting both " +
      "draws a warning.",
  },
  "compress-level": {
    summary: "Level of file compression.",
    text:
      "Higher levels make smaller files and cost more time. The range and the default depend on compress-type: gz -1 " +
      "to 9 (6), zst -7 to 22 (3), bz2 1 to 9 (9), lz4 -5 to 12 (1).",
  },
  "compress-level-network": {
    summary: "Level of compression between hosts.",
    text: "Used for data that travels to another host and is not compressed already, which is the case with " +
      "compress-type=none.",
  },
  "compress-type": {
    summary: "How files are compressed in the repository.",
    text:
      "* none - stored as they are\n* gz - deflate; understood everywhere\n* zst - Zstandard; faster and smaller than " +
      "gz\n* lz4 - very fast, larger\n* bz2 - small, very slow\n\nFiles that are in the repository keep their type: " +
      "it can be changed at any time.",
  },
  config: {
    summary: "Configuration file.",
    text:
      "The file must exist when it is named, and the default include folder is then not read. With --no-config no " +
      "configuration file is read at all. A relative path counts from the root folder, not from the working folder.\n\n" +
      "Options that pgBackRest does not have are read from pg_backrest.conf in the same folder.",
  },
  "config-include-path": {
    summary: "Folder with further configuration files.",
    text:
      "All files whose name ends in .conf are read in the order of their names, after the main file and as if they " +
      "were part of it. The folder must exist when it is named.",
  },
  "config-path": {
    summary: "Folder in which configuration is looked for.",
    text: "Takes the place of /etc/pgbackrest: pgbackrest.conf and the folder conf.d are read from here if they exist.",
  },
  "db-timeout": {
    summary: "Longest time a database query may take.",
    text:
      "Starting a backup waits for a checkpoint, and stopping one for the last WAL, so it must be longer than these " +
      "take. It must be shorter than protocol-timeout.",
  },
  delta: {
    summary: "Compare contents by checksum instead of trusting size and time.",
    text: "Files are read and their checksums compared instead of relying on size and modification time.",
    per: {
      backup: {
        summary: "Find changed files by checksum.",
        text:
          "Normally a file is copied again when its size or modification time changed. With this option every file is " +
          "read and copied when its checksum changed. It is switched on by itself when times can not be trusted, " +
          "after a change of timeline for instance.",
      },
      restore: {
        summary: "Restore over what is there, file by file.",
        text:
          "The data directory may have content. Files that are not part of the backup are removed, files with the " +
          "right checksum are kept, all others are written again. It needs PG_VERSION or backup.manifest in the " +
          "folder as proof that this is a data directory.",
      },
    },
  },
  "exec-id": {
    summary: "Identifier of a run.",
    text:
      "All processes of one run share it, so that a lock held by one of them counts for the others. It is made up at " +
      "the start and handed to children.",
  },
  "job-retry": {
    summary: "How often a failed job is tried again.",
    text: "A job is the copying of one file or of a group of small ones. Only errors that may pass are tried again.",
  },
  "job-retry-interval": {
    summary: "Pause before the second and each later retry of a job.",
    text: "The first retry follows at once.",
  },
  lock: {
    summary: "Locks a remote process takes on its host.",
    text: "Given by the process that starts the remote.",
  },
  "lock-path": {
    summary: "Folder of lock files and stop files.",
    text:
      "Locks keep two runs from changing the same stanza at a time. They only work between processes that use the same " +
      "folder, so all users of one stanza on a host must have the same setting.",
  },
  "neutral-umask": {
    summary: "Give files in the repository the same modes whoever writes them.",
    text:
      "Folders are created with mode 0750 and files with 0640, whatever the umask of the user is. Switch it off to let " +
      "the umask take further permissions away.",
  },
  pg: {
    summary: "Index of the cluster a process works on.",
    text: "Given by the process that starts another one.",
  },
  priority: {
    summary: "Nice value of the process.",
    text:
      "From -20 (first) to 19 (last). Only root may go below the value the process was started with. Without the option " +
      "the priority stays as it is.",
  },
  process: {
    summary: "Number of the process within a run.",
    text: "Given by the process that starts another one. Number 0 is the main process.",
  },
  "process-max": {
    summary: "How many files are worked on at a time.",
    text:
      "Each one may keep a processor busy with compression, so more than there are processors makes little sense. On " +
      "the host of a busy cluster leave some of them to PostgreSQL. For archive-push and archive-get it only matters " +
      "with archive-async.",
  },
  "remote-type": {
    summary: "What a remote process serves.",
    text: "Given by the process that starts the remote: pg for a cluster, repo for a repository.",
  },
  "spool-path": {
    summary: "Folder in which asynchronous archiving keeps its files.",
    text:
      "archive-push leaves the status of each segment there, archive-get the segments it fetched ahead. It must be on " +
      "a local file system that survives a restart; its content need not be backed up.",
  },
  stanza: {
    summary: "Name of the stanza.",
    text: "A stanza is one PostgreSQL cluster with all that belongs to it: where it is, its archive and its backups. " +
      "Choose a name for what the cluster is there for rather than for the host, because the host may change. " +
      "Settings of a stanza stand in the section of its name in the configuration file.",
  },
};
