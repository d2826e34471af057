import type { Invocation } from "../../cli/invocation.ts";
import { asError, fail } from "../../error.ts";
import type { ControlData } from "../../postgres/control.ts";
import { blockFor } from "../../process/sleep.ts";
import { nextSegment } from "../../repository/wal/segment.ts";
import { moveFile } from "../../storage/move.ts";
import { exists, removeFile } from "../../storage/posix_file.ts";
import { backgroundHolder, startBackground } from "../archive/spool/background.ts";
import { clearErrors, readStatus, type Spool, spoolOf } from "../archive/spool/folder.ts";
import { isSpoolValid } from "../archive/spool/places.ts";
import { OK_SUFFIX } from "../archive/spool/status.ts";
import { isFetching } from "./fetching.ts";
import { halfwayName, isNameOfSize, windowNames, windowSize } from "./window.ts";

/** First and longest pause between two looks at the spool, in milliseconds. */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 50;

/** A segment that PostgreSQL wants. */
export interface WantedSegment {
  readonly name: string;
  /** Absolute path. */
  readonly destination: string;
  readonly cluster: ControlData;
  /** Asks the repositories themselves. */
  fetch(): Promise<boolean>;
}

/**
 * Takes a segment out of the spool, where a background process has put it, and has those behind it fetched in time. What
 * is not there and not on its way is asked for directly, so only the repositories say that a segment does not exist, or
 * a background process that archive-missing-retry=n trusts. True when it was delivered.
 */
export async function getThroughSpool(invocation: Invocation, wanted: WantedSegment): Promise<boolean> {
  const { configuration: { options } } = invocation;
  if (!isNameOfSize(wanted.name, { segmentSize: wanted.cluster.walSegmentSize })) return await wanted.fetch();
  const spool = spoolOf(options);
  const look = waitForSegment(invocation, { spool, wanted });
  if (look === "absent" && options.get("archive-missing-retry") === false) return false;
  if (look === "spooled") {
    await deliver(invocation, { spool, wanted });
    fetchOn(invocation, { spool, wanted });
    return true;
  }
  clearErrors(spool.in, wanted.name);
  const found = await wanted.fetch();
  if (found) fetchOn(invocation, { spool, wanted });
  return found;
}

interface Place {
  readonly spool: Spool;
  readonly wanted: WantedSegment;
}

/** What the spool says of a segment, waiting for as long as somebody is about to fetch it. Error 82. */
function waitForSegment(
  { configuration, now }: Invocation,
  { spool, wanted: { name, cluster } }: Place,
): "spooled" | "absent" | "unknown" {
  const timeout = configuration.options.need("archive-timeout");
  const deadline = now().getTime() + timeout;
  for (let pause = FIRST_PAUSE;; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const holder = backgroundHolder(configuration);
    if (isSpoolValid(spool.getIdentity, configuration, cluster)) {
      if (exists(`${spool.in}/${name}`)) return "spooled";
      const status = readStatus(spool.in, name);
      if (status?.ok === true) return takeAbsence(spool, name);
      if (status?.ok === false) return "unknown";
    }
    if (holder === undefined || !isFetching(spool.fetching, { name, execId: holder.execId })) return "unknown";
    if (now().getTime() >= deadline) {
      fail("archiveTimeout", `unable to get WAL file '${name}' from the archive asynchronously after ${timeout}ms`, {
        hint: "check the log of the background process, <stanza>-archive-get-async.log in log-path, for errors.",
      });
    }
    blockFor(pause);
  }
}

/** That a segment is absent is said once: it may come meanwhile. */
function takeAbsence(spool: Spool, name: string): "absent" {
  removeFile(`${spool.in}/${name}${OK_SUFFIX}`);
  return "absent";
}

/** Moves a segment to where PostgreSQL wants it. Warnings that came with it are said now. */
async function deliver({ log }: Invocation, { spool, wanted: { name, destination } }: Place): Promise<void> {
  const status = readStatus(spool.in, name);
  if (status?.ok === true && status.note !== undefined) log.warn(status.note.text);
  await moveFile(`${spool.in}/${name}`, destination);
  if (status?.ok === true) removeFile(`${spool.in}/${name}${OK_SUFFIX}`);
}

/** Has the following segments fetched, unless more than half of the window is there or somebody is at work. */
function fetchOn({ configuration, log }: Invocation, { spool, wanted: { name, cluster } }: Place): void {
  const size = { segmentSize: cluster.walSegmentSize };
  const count = windowSize({ queueMax: configuration.options.need("archive-get-queue-max"), ...size });
  if (exists(`${spool.in}/${halfwayName(name, count, size)}`)) return;
  if (backgroundHolder(configuration) !== undefined) return;
  try {
    startBackground(configuration, windowNames(nextSegment(name, size), count, size));
  } catch (error) {
    // The segment itself has been delivered.
    log.warn(`no segments are fetched ahead: ${asError(error).message}`);
  }
}
