import type { Configuration } from "../../config/configuration.ts";
import { openCluster } from "../../postgres/cluster.ts";
import { openSession } from "../../postgres/session.ts";
import { systemAccounts } from "../../process/accounts.ts";
import { scanCluster } from "../backup/scan.ts";
import type { ClusterHost } from "./host.ts";
import { unreadableFiles } from "./readable.ts";
import { sessionTarget } from "./session_target.ts";

/** This host as that of a cluster. */
export function thisClusterHost(configuration: Configuration, key: number): ClusterHost {
  const pgPath = configuration.options.need("pg-path", key);
  return {
    async connect() {
      const cluster = await openCluster(await openSession(sessionTarget(configuration, key)));
      return { cluster, isConfigured: isSamePath(cluster.settings.dataFolder, pgPath) };
    },
    async scan({ tryReading, ...request }) {
      const accounts = systemAccounts();
      const tree = await scanCluster(pgPath, { ...request, accounts });
      return { tree, unreadable: tryReading ? unreadableFiles(tree, { pgPath, accounts }) : [] };
    },
    clock: () => Promise.resolve(Date.now()),
  };
}

function isSamePath(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    const [left, right] = [Deno.statSync(a), Deno.statSync(b)];
    return left.dev === right.dev && left.ino === right.ino;
  } catch {
    return false;
  }
}
