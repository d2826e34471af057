import type { Invocation } from "../cli/invocation.ts";
import { openRepositories } from "../context.ts";
import { isStoredAsSegment } from "../repository/wal/segment.ts";
import { readLocalControl } from "./archive/cluster_identity.ts";
import { sumUpFailures } from "./archive/failures.ts";
import { resolveWalPath } from "./archive/local_path.ts";
import { pushOther } from "./archive_push/other_file.ts";
import { checkHeader, type PushOutcome, pushSegment } from "./archive_push/segment.ts";
import { type ArchiveTargets, openTargets } from "./archive_push/target.ts";
import { openWalFile, type WalFile } from "./archive_push/wal_file.ts";

/**
 * Stores one WAL segment or history file in the archive of every repository. Error 104 when some repositories failed
 * although others hold the file now; PostgreSQL tries again after any error.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration, log } = invocation;
  const pgPath = configuration.options.find("pg-path");
  const file = openWalFile(resolveWalPath(configuration.args[0]!, { pgPath, forGet: false }));
  const control = pgPath === undefined ? undefined : await readLocalControl(pgPath);
  const archive = await openTargets(openRepositories(invocation), control);
  const { present, failures } = await push(invocation, { file, archive });
  warnPresent(invocation, { file, present });
  const all = [...archive.failures, ...failures];
  if (all.length > 0) throw sumUpFailures("command", "archive-push command encountered error(s):", all);
  log.info(`pushed WAL file '${file.name}' to the archive`);
  return 0;
}

async function push(
  { configuration: { options } }: Invocation,
  { file, archive: { targets, cluster } }: { file: WalFile; archive: ArchiveTargets },
): Promise<PushOutcome> {
  const execId = options.need("exec-id");
  if (!isStoredAsSegment(file.name)) {
    return await pushOther(file, { targets, overwrite: !options.get("archive-mode-check"), execId });
  }
  if (options.get("archive-header-check")) await checkHeader(file, cluster);
  const compression = { type: options.need("compress-type"), level: options.get("compress-level") ?? 0 };
  return await pushSegment(file, { targets, compression, execId });
}

function warnPresent(
  { configuration: { options }, log }: Invocation,
  { file, present }: { file: WalFile; present: number[] },
): void {
  if (!isStoredAsSegment(file.name) || !options.get("archive-mode-check")) return;
  for (const key of present) {
    log.warn(
      `WAL file '${file.name}' already exists in the repo${key} archive with the same checksum\n` +
        "HINT: this is valid in some recovery scenarios but may also indicate a problem.",
    );
  }
}
