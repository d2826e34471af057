import type { Invocation } from "../../cli/invocation.ts";
import { fail } from "../../error.ts";
import { formatLsn, parseLsn } from "../../repository/wal/lsn.ts";
import { type Clusters, type LiveCluster, readControl } from "../cluster/connect.ts";
import { checkIsCluster } from "../cluster/settings_check.ts";
import type { StartedBackup } from "./start.ts";

/** First and longest pause between two looks at a standby, in milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1000;

/**
 * The standby that most files are copied from, as option backup-standby says; undefined for none. Error 56 where there has to
 * be one and none answered, 58 where it is a standby of another cluster.
 */
export function chooseStandby(
  { configuration: { options }, log }: Invocation,
  { primary, standby }: Clusters,
): LiveCluster | undefined {
  const wish = options.need("backup-standby");
  if (wish === "n") return undefined;
  if (standby === undefined) {
    if (wish === "y") {
      fail("dbConnect", "unable to find standby cluster - cannot proceed", {
        hint:
          "is it running, and is it configured as another pg index? With backup-standby=prefer the primary is used then.",
      });
    }
    log.warn("unable to find a standby to perform the backup, using primary instead");
    return undefined;
  }
  checkIsCluster(standby);
  if (primary !== undefined && standby.control.systemId !== primary.control.systemId) {
    fail(
      "dbMismatch",
      `standby pg${standby.key} has system-id ${standby.control.systemId}, but primary pg${primary.key} has ` +
        `${primary.control.systemId}`,
      { hint: "is it a standby of another cluster?" },
    );
  }
  return standby;
}

/**
 * Waits until a standby has replayed beyond the start of a backup and has its files on disk up to there. The wait begins
 * anew each time replay advances. Errors 82 for a standby that does not get on, 58 for one that is not where it has to be.
 */
export async function awaitReplay(
  invocation: Invocation,
  standby: LiveCluster,
  started: StartedBackup,
): Promise<void> {
  const { log } = invocation;
  const start = parseLsn(started.lsn);
  if (standby.control.checkpoint > start) {
    fail(
      "dbMismatch",
      `checkpoint ${formatLsn(standby.control.checkpoint)} of standby pg${standby.key} is ahead of the backup start ` +
        started.lsn,
      { hint: "is it a standby of another cluster, or a standby that was promoted?" },
    );
  }
  log.info(`wait for replay on the standby to reach ${started.lsn}`);
  const reached = await replayBeyond(invocation, standby, start);
  await checkpointBeyond(invocation, standby, start);
  log.info(`replay on the standby reached ${formatLsn(reached)}`);
  const { control } = await readControl(standby);
  if (control.timeline !== started.timeline) {
    fail(
      "dbMismatch",
      `standby pg${standby.key} is on timeline ${control.timeline}, the primary on ${started.timeline}`,
    );
  }
}

async function replayBeyond(invocation: Invocation, { cluster, key }: LiveCluster, start: bigint): Promise<bigint> {
  let last = -1n;
  return await poll(invocation, async () => {
    const text = await cluster.replayLsn();
    if (text === null) return { advanced: false, waiting: "it replays nothing" };
    const lsn = parseLsn(text);
    const advanced = lsn > last;
    last = lsn;
    return lsn > start ? { found: lsn } : { advanced, waiting: `replay is at ${text}` };
  }, `standby pg${key} did not replay beyond ${formatLsn(start)}`);
}

/** What is replayed need not be in the files yet: a checkpoint writes it. */
async function checkpointBeyond(invocation: Invocation, standby: LiveCluster, start: bigint): Promise<void> {
  await standby.cluster.checkpoint();
  await poll(invocation, async () => {
    const { control: { checkpoint } } = await readControl(standby);
    if (checkpoint >= start) return { found: checkpoint };
    return { advanced: false, waiting: `its checkpoint is at ${formatLsn(checkpoint)}` };
  }, `standby pg${standby.key} has no checkpoint at or beyond ${formatLsn(start)}`);
}

/** What a look came to: what was waited for, or whether things get on and how they stand. */
type Look = { found: bigint } | { advanced: boolean; waiting: string };

async function poll(
  { configuration: { options }, signal }: Invocation,
  look: () => Promise<Look>,
  what: string,
): Promise<bigint> {
  const timeout = options.need("archive-timeout");
  let deadline = Date.now() + timeout;
  for (let pause = FIRST_PAUSE;; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    signal.throwIfAborted();
    const seen = await look();
    if ("found" in seen) return seen.found;
    if (seen.advanced) deadline = Date.now() + timeout;
    const left = deadline - Date.now();
    if (left <= 0) {
      fail("archiveTimeout", `${what} before the ${timeout}ms timeout: ${seen.waiting}`, {
        hint: "is it connected to the primary, and is replay paused? Option archive-timeout says how long to wait.",
      });
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)));
  }
}
