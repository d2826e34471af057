import type { Invocation } from "../../cli/invocation.ts";
import { fail } from "../../error.ts";
import type { BackupStart, DatabaseRow } from "../../postgres/cluster.ts";
import { formatLsn, parseLsn } from "../../repository/wal/lsn.ts";
import { timelineOf } from "../../repository/wal/segment.ts";
import { type Archive, waitForSegment } from "../archive/wait.ts";
import { type LiveCluster, readControl } from "../cluster/connect.ts";
import { checkArchiving, checkIsCluster } from "../cluster/settings_check.ts";

/** A backup that PostgreSQL knows about. */
export interface StartedBackup extends BackupStart {
  timeline: number;
  databases: DatabaseRow[];
  /** Segment that has to arrive in the archive before anything is copied; undefined when nobody checks. */
  awaited?: string;
}

/** Text PostgreSQL keeps in backup_label. */
const LABEL = "pg_backrest backup";

/**
 * Tells PostgreSQL that a backup starts. With `archiving` WAL has to reach the archives, which is for the caller to see, see
 * {@linkcode checkArrival}. Errors: 87, 67, 68 archiving is not set up, 58 another cluster.
 */
export async function startBackup(
  invocation: Invocation,
  { primary, archiving }: { primary: LiveCluster; archiving: boolean },
): Promise<StartedBackup> {
  const { configuration: { options }, log } = invocation;
  const { cluster } = primary;
  checkIsCluster(primary);
  if (archiving) checkArchiving(primary, { archiveModeCheck: options.get("archive-mode-check") ?? true });
  warnSlowCheckpoint(invocation, primary);
  const before = archiving ? await cluster.currentWalFile() : undefined;
  const fast = options.get("start-fast") === true;
  log.info(
    `execute non-exclusive backup start: backup begins after the ${
      fast ? "requested immediate" : "next regular"
    } checkpoint completes`,
  );
  const start = await cluster.startBackup(`${LABEL} started at ${invocation.now().toISOString()}`, fast);
  log.info(`backup start archive = ${start.walFile}, lsn = ${start.lsn}`);
  await checkSameStorage(primary, start);
  // With an end behind it there is a segment whose arrival can be waited for.
  if (before === start.walFile) await cluster.switchWal();
  const timeline = timelineOf(start.walFile);
  const databases = await cluster.databases();
  return { ...start, timeline, databases, ...(before === undefined ? {} : { awaited: before }) };
}

function warnSlowCheckpoint(
  { configuration: { options }, log }: Invocation,
  { cluster: { settings } }: LiveCluster,
): void {
  if (options.get("start-fast") || options.need("db-timeout") > settings.checkpointTimeout * 1000) return;
  log.warn(
    `start-fast is disabled and db-timeout (${options.need("db-timeout") / 1000}s) is smaller than the PostgreSQL ` +
      `checkpoint_timeout (${settings.checkpointTimeout}s) - timeout may occur before the backup starts`,
  );
}

/** pg_control must know the checkpoint the server just made, else it is the file of another cluster. */
async function checkSameStorage(primary: LiveCluster, start: BackupStart): Promise<void> {
  const { control } = await readControl(primary);
  if (control.checkpoint < parseLsn(start.lsn)) {
    fail(
      "dbMismatch",
      `checkpoint ${
        formatLsn(control.checkpoint)
      } in '${primary.pgPath}/global/pg_control' is before the backup start ${start.lsn}`,
      {
        hint: `do pg${primary.key}-path and pg${primary.key}-port belong to the same cluster?`,
      },
    );
  }
  const timeline = timelineOf(start.walFile);
  if (timeline !== control.timeline) {
    fail("dbMismatch", `WAL timeline ${timeline} does not match pg_control timeline ${control.timeline}`);
  }
}

/** Makes sure that WAL reaches an archive. Error 82. */
export async function checkArrival(
  { configuration: { options }, log, signal }: Invocation,
  { awaited, walFile }: StartedBackup,
  { archive, segmentSize }: { archive: Archive; segmentSize: number },
): Promise<void> {
  if (awaited === undefined) return;
  log.info(`check archive for ${awaited === walFile ? "segment" : "prior segment"} ${awaited}`);
  await waitForSegment(archive, awaited, { timeout: options.need("archive-timeout"), segmentSize, signal });
}
