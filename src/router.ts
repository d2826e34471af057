import type { CommandModule } from "./cli/invocation.ts";
import type { CommandName, Role } from "./config/commands.ts";
import { fail } from "./error.ts";
import type { JobModule } from "./process/job.ts";

/** Where each command is. Nothing else knows all of them. */
const COMMAND_MODULES: { readonly [command in CommandName]?: () => Promise<CommandModule> } = {
  annotate: () => import("./command/annotate.ts"),
  "archive-get": () => import("./command/archive_get.ts"),
  "archive-push": () => import("./command/archive_push.ts"),
  backup: () => import("./command/backup.ts"),
  check: () => import("./command/check.ts"),
  expire: () => import("./command/expire.ts"),
  help: () => import("./command/help.ts"),
  info: () => import("./command/info.ts"),
  manifest: () => import("./command/manifest.ts"),
  remote: () => import("./command/forced.ts"),
  "repo-get": () => import("./command/repo_get.ts"),
  "repo-ls": () => import("./command/repo_ls.ts"),
  "repo-put": () => import("./command/repo_put.ts"),
  "repo-rm": () => import("./command/repo_rm.ts"),
  restore: () => import("./command/restore.ts"),
  "stanza-create": () => import("./command/stanza_create.ts"),
  "stanza-delete": () => import("./command/stanza_delete.ts"),
  "stanza-upgrade": () => import("./command/stanza_upgrade.ts"),
  start: () => import("./command/start.ts"),
  stop: () => import("./command/stop.ts"),
  verify: () => import("./command/verify.ts"),
  version: () => import("./command/version.ts"),
};

/** Where the work is that commands hand to worker threads, by kind of job. */
const JOB_MODULES: Readonly<Record<string, () => Promise<JobModule>>> = {
  "archive-get": () => import("./command/archive_get/job.ts"),
  "archive-push": () => import("./command/archive_push/job.ts"),
  "backup-copy": () => import("./command/backup/job.ts"),
  "restore-copy": () => import("./command/restore/job.ts"),
  "verify-stored": () => import("./command/verify/job.ts"),
};

/** Loads the module of a command in a role; error 67 for a command that is not built yet. */
export async function loadCommand(command: CommandName, role: Role): Promise<CommandModule> {
  if (role === "remote") return await import("./command/remote.ts");
  const load = COMMAND_MODULES[command];
  if (load !== undefined) return await load();
  fail("featureNotSupported", `command '${command}' is not supported yet`, {
    hint: `use pgbackrest ${command}: it works on the same repository.`,
  });
}

/** Loads the module of a job; error 25 for a kind that does not exist. */
export async function loadJob(kind: string): Promise<JobModule> {
  const load = JOB_MODULES[kind];
  return load === undefined ? fail("assert", `no job of kind '${kind}'`) : await load();
}
