import type { Invocation } from "../../cli/invocation.ts";
import { openRepositories } from "../../context.ts";
import { asError, errorText } from "../../error.ts";
import type { ControlData } from "../../postgres/control.ts";
import type { WorkerPool } from "../../process/pool.ts";
import { listNames } from "../../storage/posix.ts";
import { createFolder, FOLDER_MODE, removeFile, syncPath } from "../../storage/posix_file.ts";
import { sumUpFailures } from "../archive/failures.ts";
import { RunLock } from "../archive/run_lock.ts";
import { type Spool, spoolOf, writeStatus } from "../archive/spool/folder.ts";
import { claimSpool } from "../archive/spool/places.ts";
import { ERROR_SUFFIX, GLOBAL, OK_SUFFIX } from "../archive/spool/status.ts";
import { commandPool } from "../work/pool.ts";
import { openArchives } from "./find.ts";
import { PATIENCE, Prefetch } from "./prefetch.ts";
import { windowSize } from "./window.ts";

/**
 * Fetches segments into the spool ahead of recovery, from the ones named on as far as they are there without a hole, and
 * follows recovery for as long as it takes them. What concerns no single segment is told to all of them.
 */
export async function getInBackground(invocation: Invocation, cluster: ControlData): Promise<number> {
  const { configuration: { options, args } } = invocation;
  const spool = spoolOf(options);
  try {
    await using threads = new AsyncDisposableStack();
    let pool: WorkerPool | undefined;
    await prefetch(invocation, {
      spool,
      cluster,
      names: args,
      pool: () => pool ??= threads.use(commandPool(invocation, { kind: "archive-get", signal: invocation.signal })),
    });
    return 0;
  } catch (thrown) {
    const error = asError(thrown);
    await writeStatus(spool.in, GLOBAL, { ok: false, note: { code: error.code, text: errorText(error) } });
    throw error;
  } finally {
    removeFile(spool.fetching);
  }
}

async function prefetch(
  invocation: Invocation,
  { spool, cluster, names, pool }: {
    spool: Spool;
    cluster: ControlData;
    names: readonly string[];
    pool(): WorkerPool;
  },
): Promise<void> {
  const { configuration } = invocation;
  const { archives, failures } = await openArchives(openRepositories(invocation), cluster);
  if (archives.length === 0) throw sumUpFailures("repoInvalid", "unable to find a valid repository:", failures);
  const archiveIds = new Map(archives.map(({ key, ids }) => [key, [...ids]]));
  createFolder(spool.in, FOLDER_MODE);
  await claimSpool(spool.getIdentity, configuration, { cluster, archiveIds, forget: () => clean(spool, []) });
  clean(spool, names);
  const segmentSize = cluster.walSegmentSize;
  const queueMax = configuration.options.need("archive-get-queue-max");
  const size = Math.max(names.length, windowSize({ queueMax, segmentSize }));
  const resident = configuration.options.find("archive-resident");
  using lock = new RunLock(invocation);
  const parts = { spool, archives, failures, pool, segmentSize, size, lock, patience: resident ?? PATIENCE };
  const ahead = new Prefetch(invocation, parts, names[0]!);
  if (resident === undefined) return await ahead.follow();
  const { ResidentGet } = await import("./resident.ts");
  await new ResidentGet(invocation, { spool, ahead }).whileFollowing(() => ahead.follow(), resident);
}

/** Leaves nothing in the spool but the segments that are wanted, and what was said along with them. */
function clean(spool: Spool, names: readonly string[]): void {
  const wanted = new Set(names.flatMap((name) => [name, `${name}${OK_SUFFIX}`]));
  const present = listNames(spool.in);
  const segments = new Set(present);
  for (const name of present) {
    const isNote = name.endsWith(OK_SUFFIX);
    const kept = wanted.has(name) && (!isNote || segments.has(name.slice(0, -OK_SUFFIX.length)));
    if (!kept || name.endsWith(ERROR_SUFFIX)) removeFile(`${spool.in}/${name}`);
  }
  syncPath(spool.in);
}
