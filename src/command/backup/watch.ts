import { asError, fail } from "../../error.ts";
import type { LiveCluster } from "../cluster/connect.ts";
import type { BackupSource } from "./source.ts";

/** How often the servers are asked whether all is as it was, in milliseconds. */
const INTERVAL = 30_000;

/** Aborts when a server is lost or changes its role. Disposing ends the watch. */
export interface Watch extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Asks the servers now and then whether they are what they were, and notices at once when one ends the session, without
 * which the backup is void. Errors 57, 58.
 */
export function watchServers({ live, standby }: BackupSource, signal: AbortSignal): Watch {
  const lost = new AbortController();
  const ask = () => checkRoles({ live, standby }).catch((error: unknown) => lost.abort(asError(error)));
  const timer = setInterval(() => void ask(), INTERVAL);
  const losses = [live, standby].flatMap((server) => server === undefined ? [] : [server.cluster.lost]);
  return { signal: AbortSignal.any([signal, lost.signal, ...losses]), [Symbol.dispose]: () => clearInterval(timer) };
}

/** Error 58 when the primary is none any more or the standby was promoted, 57 when one does not answer. */
export async function checkRoles(
  { live, standby }: { live?: LiveCluster | undefined; standby?: LiveCluster | undefined },
): Promise<void> {
  if (await live?.cluster.isInRecovery()) {
    fail("dbMismatch", "the primary became a standby while the backup was running");
  }
  if (standby !== undefined && !await standby.cluster.isInRecovery()) {
    fail("dbMismatch", `standby pg${standby.key} was promoted while the backup was running`, {
      hint: "what was copied from it is not of the primary's timeline: back up again.",
    });
  }
}
