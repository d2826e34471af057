import type { Invocation } from "../../cli/invocation.ts";
import { openRepositories } from "../../context.ts";
import { baseOf, parentOf } from "../../storage/path.ts";
import { exists } from "../../storage/posix_file.ts";
import { readLocalControl } from "../archive/cluster_identity.ts";
import { sumUpFailures } from "../archive/failures.ts";
import { spoolOf } from "../archive/spool/folder.ts";
import { presentWarnings, pushFile } from "./push.ts";
import { openTargets } from "./target.ts";
import { openWalFile } from "./wal_file.ts";

/** Pushes the file itself, unless so much waits that it is dropped. Error 104 when some repositories failed. */
export async function pushNow(
  invocation: Invocation,
  { path, pgPath }: { path: string; pgPath: string | undefined },
): Promise<number> {
  const { configuration: { options }, log } = invocation;
  const { dropped } = spoolOf(options);
  if (options.get("archive-push-queue-max") !== undefined) {
    const { dropOne } = await import("./drop.ts");
    if (await dropOne(invocation, { name: baseOf(path), walFolder: parentOf(path), dropped })) return 0;
  }
  const file = openWalFile(path);
  const control = pgPath === undefined ? undefined : await readLocalControl(pgPath);
  const archive = await openTargets(openRepositories(invocation), control);
  if (isThere(dropped)) {
    const { carryMarks } = await import("./carry_marks.ts");
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
