import type { Invocation } from "../cli/invocation.ts";
import { openRepositories } from "../context.ts";
import { baseOf, parentOf } from "../storage/path.ts";
import { exists } from "../storage/posix_file.ts";
import { readLocalControl } from "./archive/cluster_identity.ts";
import { sumUpFailures } from "./archive/failures.ts";
import { resolveWalPath } from "./archive/local_path.ts";
import { presentWarnings, pushFile } from "./archive_push/push.ts";
import { openTargets } from "./archive_push/target.ts";
import { spoolOf } from "./archive/spool/folder.ts";
import { openWalFile } from "./archive_push/wal_file.ts";

/**
 * Stores one WAL segment or history file in the archive of every repository; with archive-async a process in the
 * background does it, ahead of PostgreSQL. Error 104 when some repositories failed although others hold the file now;
 * PostgreSQL tries again after any error.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration: { options, role, args } } = invocation;
  if (role === "async") return await (await import("./archive_push/background.ts")).pushInBackground(invocation);
  const async = options.get("archive-async");
  const pgPath = async ? options.need("pg-path") : options.find("pg-path");
  const path = resolveWalPath(args[0]!, { pgPath, forGet: false });
  if (async) {
    const { isReady, pushAsynchronously } = await import("./archive_push/foreground.ts");
    if (isReady(path)) return await pushAsynchronously(invocation, path);
  }
  return await pushNow(invocation, { path, pgPath });
}

/** Pushes the file itself. */
async function pushNow(
  invocation: Invocation,
  { path, pgPath }: { path: string; pgPath: string | undefined },
): Promise<number> {
  const { configuration: { options }, log } = invocation;
  const { dropped } = spoolOf(options);
  if (options.get("archive-push-queue-max") !== undefined) {
    const { dropOne } = await import("./archive_push/drop.ts");
    if (await dropOne(invocation, { name: baseOf(path), walFolder: parentOf(path), dropped })) return 0;
  }
  const file = openWalFile(path);
  const control = pgPath === undefined ? undefined : await readLocalControl(pgPath);
  const archive = await openTargets(openRepositories(invocation), control);
  if (isThere(dropped)) {
    const { carryMarks } = await import("./archive_push/carry_marks.ts");
    await carryMarks(dropped, { archive, log });
  }
  const { present, failures } = await pushFile(file, options, archive);
  for (const warning of presentWarnings(file.name, options, present)) log.warn(warning);
  const all = [...archive.failures, ...failures];
  if (all.length > 0) throw sumUpFailures("command", "archive-push command encountered error(s):", all);
  log.info(`pushed WAL file '${file.name}' to the archive`);
  return 0;
}

/** Without archive-async there need not be a spool that this user may look into. */
function isThere(path: string): boolean {
  try {
    return exists(path);
  } catch {
    return false;
  }
}
