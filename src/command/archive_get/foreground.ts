import type { Invocation } from "../../cli/invocation.ts";
import { asError } from "../../error.ts";
import { nextSegment } from "../../repository/wal/segment.ts";
import { moveFile } from "../../storage/move.ts";
import { exists, removeFile } from "../../storage/posix_file.ts";
import { clearErrors, readStatus, spoolOf } from "../archive/spool/folder.ts";
import { OK_SUFFIX } from "../archive/spool/status.ts";
import { isSpooled, type SpoolPlace, type WantedSegment } from "./spooled.ts";
import { halfwayName, isNameOfSize, windowNames, windowSize } from "./window.ts";

/**
 * Takes a segment out of the spool, where a background process has put it, and has those behind it fetched in time. What
 * is not there and not on its way is asked for directly, so only the repositories say that a segment does not exist, or
 * a background process that archive-missing-retry=n trusts. True when it was delivered.
 */
export async function getThroughSpool(invocation: Invocation, wanted: WantedSegment): Promise<boolean> {
  const { configuration: { options } } = invocation;
  if (!isNameOfSize(wanted.name, { segmentSize: wanted.cluster.walSegmentSize })) return await wanted.fetch();
  const place = { spool: spoolOf(options), wanted };
  const look = isSpooled(invocation, place) === "yes"
    ? "spooled"
    : (await import("./wait.ts")).waitForSegment(invocation, place);
  if (look === "absent" && options.get("archive-missing-retry") === false) return false;
  if (look === "spooled") {
    await deliver(invocation, place);
    await fetchOn(invocation, place);
    return true;
  }
  clearErrors(place.spool.in, wanted.name);
  const found = await wanted.fetch();
  if (found) await fetchOn(invocation, place);
  return found;
}

/** Moves a segment to where PostgreSQL wants it. Warnings that came with it are said now. */
async function deliver({ log }: Invocation, { spool, wanted: { name, destination } }: SpoolPlace): Promise<void> {
  const status = readStatus(spool.in, name);
  if (status?.ok === true && status.note !== undefined) log.warn(status.note.text);
  await moveFile(`${spool.in}/${name}`, destination);
  if (status?.ok === true) removeFile(`${spool.in}/${name}${OK_SUFFIX}`);
}

/** Has the following segments fetched, unless more than half of the window is there or somebody is at work. */
async function fetchOn(
  { configuration, log }: Invocation,
  { spool, wanted: { name, cluster } }: SpoolPlace,
): Promise<void> {
  const size = { segmentSize: cluster.walSegmentSize };
  const count = windowSize({ queueMax: configuration.options.need("archive-get-queue-max"), ...size });
  if (exists(`${spool.in}/${halfwayName(name, count, size)}`)) return;
  const [{ backgroundHolder, startBackground }, { announce }] = await Promise.all([
    import("../archive/spool/background.ts"),
    import("./fetching.ts"),
  ]);
  if (backgroundHolder(configuration) !== undefined) return;
  try {
    const names = windowNames(nextSegment(name, size), count, size);
    // The process that is started works under our execution id; PostgreSQL may ask for more before it is up.
    const execId = configuration.options.need("exec-id");
    await announce(spool.fetching, { execId, first: names[0]!, last: names.at(-1)! });
    startBackground(configuration, names);
  } catch (error) {
    // The segment itself has been delivered.
    log.warn(`no segments are fetched ahead: ${asError(error).message}`);
  }
}
