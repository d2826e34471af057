import type { Invocation } from "../cli/invocation.ts";
import { asError, BackRestError, ERROR_CODES } from "../error.ts";
import { type ControlData, INVALID_CHECKPOINT } from "../postgres/control.ts";
import { isSegment } from "../repository/wal/segment.ts";
import { posixStorage } from "../storage/posix.ts";
import { readLocalControl } from "./archive/cluster_identity.ts";
import { resolveWalPath } from "./archive/local_path.ts";

/** Exit status that tells PostgreSQL: no such file in any archive. */
const NOT_FOUND = 1;

/**
 * Fetches a WAL segment or history file for PostgreSQL; with archive-async a process in the background fetches the
 * segments behind it too. Exit 1 only when every repository answered that it has none: to PostgreSQL every status up to
 * 125 means that WAL ends here, and it would start up without the rest. So a repository that could not answer, or a
 * damaged segment, is tried again until archive-timeout, and then ends with status 200, unless the server is a standby,
 * which asks again by itself.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration: { options, role, args }, log } = invocation;
  const pgPath = options.need("pg-path");
  if (role === "async") {
    const { getInBackground } = await import("./archive_get/background.ts");
    return await getInBackground(invocation, await readLocalControl(pgPath));
  }
  const [name, argument] = args as [string, string];
  const destination = resolveWalPath(argument, { pgPath, forGet: true });
  const found = await get(invocation, { name, destination, pgPath }).catch(async (error: unknown) => {
    throw await keepRecoveryAlive(asError(error), pgPath);
  });
  const how = options.get("archive-async") && isSegment(name) ? " asynchronously" : "";
  log.info(found ? `found ${name} in the archive${how}` : `unable to find ${name} in the archive${how}`);
  return found ? 0 : NOT_FOUND;
}

async function get(
  invocation: Invocation,
  { name, destination, pgPath }: { name: string; destination: string; pgPath: string },
): Promise<boolean> {
  const cluster = await readCluster(pgPath);
  // Loaded only when it is needed: with a full spool it is not.
  const fetch = async () => {
    const [{ openRepositories }, { getDirectly }] = await Promise.all([
      import("../context.ts"),
      import("./archive_get/direct.ts"),
    ]);
    return await getDirectly(invocation, { name, destination, cluster, repositories: openRepositories(invocation) });
  };
  if (!invocation.configuration.options.get("archive-async") || !isSegment(name)) return await fetch();
  const { getThroughSpool } = await import("./archive_get/foreground.ts");
  return await getThroughSpool(invocation, { name, destination, cluster, fetch });
}

async function readCluster(pgPath: string): Promise<ControlData> {
  const control = await readLocalControl(pgPath);
  if (control.checkpoint !== INVALID_CHECKPOINT) return control;
  if (await posixStorage(pgPath).info("backup_label") !== undefined) return control;
  throw new BackRestError("format", "pg_control has an invalid checkpoint and there is no backup_label", {
    hint: "was backup_label removed after the restore? The cluster cannot recover without it: restore again.",
  });
}

/** Status that makes PostgreSQL stop instead of starting up without the rest of its WAL. */
async function keepRecoveryAlive(error: BackRestError, pgPath: string): Promise<BackRestError> {
  if (error.code > 125 || await posixStorage(pgPath).info("standby.signal") !== undefined) return error;
  return new BackRestError("notAnswered", `[${String(error.code).padStart(3, "0")}] ${error.message}`, {
    cause: error,
    hint:
      `${error.hint === undefined ? "" : `${error.hint}\n`}status ${ERROR_CODES.notAnswered} makes PostgreSQL stop ` +
      "here: with a lower one it would start up without the rest of its WAL.",
  });
}
