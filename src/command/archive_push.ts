import type { Invocation } from "../cli/invocation.ts";
import { resolveWalPath } from "./archive/local_path.ts";

/**
 * Stores one WAL segment or history file in the archive of every repository; with archive-async a process in the
 * background does it, ahead of PostgreSQL. Error 104 when some repositories failed although others hold the file now;
 * PostgreSQL tries again after any error. Each way loads only what it needs: this runs for every segment.
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
  return await (await import("./archive_push/now.ts")).pushNow(invocation, { path, pgPath });
}
