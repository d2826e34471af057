import { asError, fail } from "../../error.ts";
import type { LiveCluster } from "../cluster/connect.ts";

/** How often the servers are asked whether all is as it was, in milliseconds. */
const INTERVAL = 30_000;

/** Aborts when a server is lost or changes its role. Disposing ends the watch. */
export interface Watch extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Asks the primary now and then whether it still is one, and notices at once when it ends the session, without which the
 * backup is void. Errors 57, 58.
 */
export function watchPrimary({ cluster }: LiveCluster, signal: AbortSignal): Watch {
  const lost = new AbortController();
  const ask = async () => {
    try {
      if (await cluster.isInRecovery()) fail("dbMismatch", "the primary became a standby while the backup was running");
    } catch (error) {
      lost.abort(asError(error));
    }
  };
  const timer = setInterval(() => void ask(), INTERVAL);
  return { signal: AbortSignal.any([signal, lost.signal, cluster.lost]), [Symbol.dispose]: () => clearInterval(timer) };
}
