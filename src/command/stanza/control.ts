import type { Invocation } from "../../cli/invocation.ts";
import type { ControlData } from "../../postgres/control.ts";
import { clusterFiles, connectClusters, needPrimary, readControl } from "../cluster/connect.ts";
import { checkIsCluster } from "../cluster/settings_check.ts";

/**
 * pg_control of the cluster the stanza is for: of the primary that answers, or offline of the first index. Errors: 56 no
 * primary, 58 it is not the configured cluster, 55, 26 and 46 for the file.
 */
export async function findControl(invocation: Invocation): Promise<ControlData> {
  const { options } = invocation.configuration;
  if (!options.get("online")) return (await readControl(clusterFiles(invocation, options.keys("pg")[0]!))).control;
  await using clusters = await connectClusters(invocation);
  const primary = needPrimary(clusters);
  checkIsCluster(primary);
  return primary.control;
}
