import { COMMANDS, lockTypes } from "../config/commands.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Locks } from "../process/lock.ts";

/** Takes the locks a run needs for all its time; undefined when it needs none. Error 50 when one is busy. */
export async function takeRunLocks({ command, role, options }: Configuration, now: Date): Promise<Locks | undefined> {
  if (COMMANDS[command].lockBy !== role) return undefined;
  const { takeLocks } = await import("../process/lock.ts");
  return takeLocks({
    folder: options.need("lock-path"),
    stanza: options.need("stanza"),
    types: lockTypes(COMMANDS[command]),
    repoKeys: options.selected("repo"),
    execId: options.need("exec-id"),
    command,
    host: Deno.hostname(),
    since: Math.floor(now.getTime() / 1000),
  });
}

/** Error 62 when a stop file keeps the command from running. */
export async function respectStopFiles({ command, role, options }: Configuration): Promise<void> {
  // A remote looks when it is asked to begin.
  if (COMMANDS[command].stopFile !== "refused" || role === "remote") return;
  const { checkStopFiles } = await import("../process/stop_file.ts");
  checkStopFiles(options.need("lock-path"), options.need("stanza"));
}
