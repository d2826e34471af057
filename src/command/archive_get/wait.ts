import type { Invocation } from "../../cli/invocation.ts";
import { blockFor } from "../../process/sleep.ts";
import { removeFile } from "../../storage/posix_file.ts";
import { backgroundHolder } from "../archive/spool/background.ts";
import { readStatus, type Spool } from "../archive/spool/folder.ts";
import { OK_SUFFIX } from "../archive/spool/status.ts";
import { isFetching } from "./fetching.ts";
import { isSpooled, type SpoolPlace } from "./spooled.ts";

/** First and longest pause between two looks at the spool, in milliseconds. */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 50;

/**
 * What the spool says of a segment, waiting for as long as somebody is about to fetch it, but no longer than half of
 * archive-timeout: then the repositories are asked directly, which may find out what keeps the other one.
 */
export function waitForSegment(
  invocation: Invocation,
  place: SpoolPlace,
): "spooled" | "absent" | "unknown" {
  const { configuration, now } = invocation;
  const { spool, wanted: { name } } = place;
  const deadline = now().getTime() + configuration.options.need("archive-timeout") / 2;
  for (let pause = FIRST_PAUSE;; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    // In this order: what appears in between is seen.
    const holder = backgroundHolder(configuration);
    const found = isSpooled(invocation, place);
    if (found === "yes") return "spooled";
    if (found === "no") {
      const status = readStatus(spool.in, name);
      if (status?.ok === true) return takeAbsence(spool, name);
      if (status?.ok === false) return "unknown";
    }
    const time = now().getTime();
    if (!isFetching(spool.fetching, { name, holder, now: time })) return "unknown";
    if (time >= deadline) return "unknown";
    blockFor(pause);
  }
}

/** That a segment is absent is said once: it may come meanwhile. */
function takeAbsence(spool: Spool, name: string): "absent" {
  removeFile(`${spool.in}/${name}${OK_SUFFIX}`);
  return "absent";
}
