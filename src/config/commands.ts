import type { ErrorKind } from "../error.ts";

/** What a process does for a command: drive it, or serve the process that does. */
export type Role = "main" | "async" | "local" | "remote";

/** How many arguments a command takes and what is said when it is not so. */
export interface ArgumentRule {
  /** Messages of error 43 for the first, second ... argument missing. */
  readonly missing?: readonly string[];
  readonly max: number;
  /** Error for one argument too many; without it the first message above is repeated. */
  readonly extra?: readonly [ErrorKind, string];
}

/** A command: what parser, router, help, log and locks need to know of it. */
export interface CommandDef {
  /** One line for help. */
  readonly summary: string;
  /** How the arguments are called in help. */
  readonly usage?: string;
  /** Hidden from help. */
  readonly internal?: true;
  /** A command pgBackRest does not have. */
  readonly ours?: true;
  /** Roles besides main. */
  readonly roles?: readonly Exclude<Role, "main">[];
  /** Lock types it needs, `all` being archive, backup and restore. */
  readonly lock?: "archive" | "backup" | "restore" | "all";
  /** Whether main takes the lock at the start, or only the process that works in the background. */
  readonly lockBy?: "main" | "async";
  /** Whether the remote process takes the same lock on its host. */
  readonly lockRemote?: true;
  /** Whether it writes a log file without being told. */
  readonly logFile?: true;
  /** Level of the begin and end lines. */
  readonly level: "info" | "debug";
  /** Without it the command takes no arguments (error 96). */
  readonly args?: ArgumentRule;
  readonly stanza: "required" | "optional" | "none";
  /** What a stop file means: it keeps the command from running (62), or the command demands one (55). */
  readonly stopFile?: "refused" | "demanded";
  /** Command that runs after this one succeeded, under the same locks, when an option says so. */
  readonly followedBy?: {
    readonly command: CommandName;
    readonly option: string;
    /** Exit code of a run that did a part of its work, after which the other command is run all the same. */
    readonly despite?: number;
  };
  /** Refused (72) when the cluster is on another host. */
  readonly localCluster?: true;
}

const ONE_PATH: readonly [ErrorKind, string] = ["paramInvalid", "only one path may be specified"];
const NO_MORE: readonly [ErrorKind, string] = ["paramInvalid", "extra parameters found"];

/** Names of all commands in the order of help. */
export type CommandName =
  | "annotate"
  | "archive-get"
  | "archive-push"
  | "backup"
  | "check"
  | "expire"
  | "help"
  | "info"
  | "manifest"
  | "remote"
  | "repo-get"
  | "repo-ls"
  | "repo-put"
  | "repo-rm"
  | "restore"
  | "server"
  | "server-ping"
  | "stanza-create"
  | "stanza-delete"
  | "stanza-upgrade"
  | "start"
  | "stop"
  | "verify"
  | "version";

/** All commands, alphabetically but for `start` and `stop`, as pgBackRest lists them. */
export const COMMANDS: Readonly<Record<CommandName, CommandDef>> = {
  annotate: {
    summary: "Add, change or remove notes kept with a backup.",
    roles: ["remote"],
    lock: "backup",
    lockBy: "main",
    lockRemote: true,
    level: "info",
    stanza: "required",
    stopFile: "refused",
  },
  "archive-get": {
    summary: "Get a WAL segment from the archive.",
    usage: "<wal file> <destination>",
    roles: ["async", "local", "remote"],
    lock: "archive",
    lockBy: "async",
    level: "info",
    args: { missing: ["WAL segment to get required", "path to copy WAL segment required"], max: 2, extra: NO_MORE },
    stanza: "required",
    localCluster: true,
  },
  "archive-push": {
    summary: "Push a WAL segment to the archive.",
    usage: "<path of wal file>",
    roles: ["async", "local", "remote"],
    lock: "archive",
    lockBy: "async",
    level: "info",
    args: { missing: ["WAL segment to push required"], max: 1 },
    stanza: "required",
    stopFile: "refused",
    localCluster: true,
  },
  backup: {
    summary: "Back up a database cluster.",
    roles: ["local", "remote"],
    lock: "backup",
    lockBy: "main",
    lockRemote: true,
    logFile: true,
    level: "info",
    stanza: "required",
    stopFile: "refused",
    // The repositories that got the backup are not to fill up because another one fails.
    followedBy: { command: "expire", option: "expire-auto", despite: 104 },
  },
  check: { summary: "Check the configuration.", roles: ["remote"], level: "info", stanza: "optional" },
  expire: {
    summary: "Expire backups that exceed retention.",
    roles: ["remote"],
    lock: "backup",
    lockBy: "main",
    lockRemote: true,
    logFile: true,
    level: "info",
    stanza: "required",
    stopFile: "refused",
  },
  help: { summary: "Get help.", usage: "[command [option]]", args: { max: Infinity }, level: "debug", stanza: "none" },
  info: { summary: "Show stanzas and their backups.", roles: ["remote"], level: "debug", stanza: "optional" },
  manifest: {
    summary: "Query the manifest of a backup.",
    internal: true,
    roles: ["remote"],
    level: "debug",
    stanza: "required",
  },
  remote: {
    summary: "Serve another host over ssh within limits.",
    ours: true,
    level: "debug",
    stanza: "optional",
  },
  "repo-get": {
    summary: "Get a file from a repository.",
    usage: "<file>",
    roles: ["remote"],
    level: "debug",
    args: { missing: ["source file required"], max: 1 },
    stanza: "optional",
  },
  "repo-ls": {
    summary: "List files in a repository.",
    usage: "[path]",
    roles: ["remote"],
    level: "debug",
    args: { max: 1, extra: ONE_PATH },
    stanza: "optional",
  },
  "repo-put": {
    summary: "Put a file into a repository.",
    usage: "<file>",
    internal: true,
    roles: ["remote"],
    level: "debug",
    args: { missing: ["destination file required"], max: 1 },
    stanza: "optional",
  },
  "repo-rm": {
    summary: "Remove a file or path from a repository.",
    usage: "[path]",
    internal: true,
    roles: ["remote"],
    level: "debug",
    args: { max: 1, extra: ONE_PATH },
    stanza: "optional",
  },
  restore: {
    summary: "Restore a database cluster.",
    roles: ["local", "remote"],
    lock: "restore",
    lockBy: "main",
    logFile: true,
    level: "info",
    stanza: "required",
    localCluster: true,
  },
  server: { summary: "Serve other hosts over TLS.", logFile: true, level: "info", stanza: "none" },
  "server-ping": {
    summary: "Ping a TLS server.",
    usage: "[host]",
    level: "info",
    args: { max: 1, extra: NO_MORE },
    stanza: "none",
  },
  "stanza-create": {
    summary: "Create the required stanza data.",
    roles: ["remote"],
    lock: "all",
    lockBy: "main",
    lockRemote: true,
    logFile: true,
    level: "info",
    stanza: "required",
    stopFile: "refused",
  },
  "stanza-delete": {
    summary: "Delete a stanza.",
    roles: ["remote"],
    lock: "all",
    lockBy: "main",
    lockRemote: true,
    logFile: true,
    level: "info",
    stanza: "required",
    stopFile: "demanded",
  },
  "stanza-upgrade": {
    summary: "Upgrade a stanza after a major upgrade of PostgreSQL.",
    roles: ["remote"],
    lock: "all",
    lockBy: "main",
    lockRemote: true,
    logFile: true,
    level: "info",
    stanza: "required",
    stopFile: "refused",
  },
  start: { summary: "Let commands run again after stop.", logFile: true, level: "info", stanza: "optional" },
  stop: { summary: "Keep commands from running.", logFile: true, level: "info", stanza: "optional" },
  verify: {
    summary: "Verify the contents of a repository.",
    roles: ["local", "remote"],
    logFile: true,
    level: "info",
    stanza: "required",
  },
  version: { summary: "Get the version.", level: "debug", stanza: "none" },
};

/** Lock types a command takes. */
export function lockTypes({ lock }: CommandDef): ("archive" | "backup" | "restore")[] {
  if (lock === undefined) return [];
  return lock === "all" ? ["archive", "backup", "restore"] : [lock];
}

/** Names of the sets an option can be valid for. */
export type CommandSet = "all" | "connected" | "repository" | "cluster" | "clusterHost" | "database" | "parallel";

/** Commands that name a cluster's data directory. */
const CLUSTER: readonly CommandName[] = [
  "archive-get",
  "archive-push",
  "backup",
  "check",
  "manifest",
  "restore",
  "stanza-create",
  "stanza-delete",
  "stanza-upgrade",
];

/** Commands that connect to PostgreSQL. */
const DATABASE: readonly CommandName[] = ["backup", "check", "stanza-create", "stanza-delete", "stanza-upgrade"];

/** Which commands belong to a set. `all` means every command but help and version. */
export function isInSet(command: CommandName, set: CommandSet): boolean {
  if (command === "help" || command === "version") return false;
  switch (set) {
    case "all":
      return true;
    case "connected":
      return command !== "start" && command !== "stop";
    case "repository":
      return command !== "start" && command !== "stop" && COMMANDS[command].stanza !== "none";
    case "cluster":
      return CLUSTER.includes(command);
    case "clusterHost":
      return command === "manifest" || DATABASE.includes(command);
    case "database":
      return DATABASE.includes(command);
    case "parallel":
      return command === "restore" || command === "verify" || command === "backup" || command.startsWith("archive-");
  }
}

/** Names of all commands. */
export const COMMAND_NAMES: readonly CommandName[] = Object.keys(COMMANDS) as CommandName[];
