import { type Context, otherHost } from "../../context.ts";
import type { ClusterHost } from "./host.ts";

/** The host of a cluster of the configuration. */
export async function clusterHost(context: Context, key: number): Promise<ClusterHost> {
  const connect = otherHost(context, { serves: "pg", key });
  if (connect !== undefined) return (await import("./other_host.ts")).otherClusterHost(connect);
  return (await import("./this_host.ts")).thisClusterHost(context.configuration, key);
}
