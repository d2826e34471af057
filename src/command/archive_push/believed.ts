import type { Invocation } from "../../cli/invocation.ts";
import { readLocalControl } from "../archive/cluster_identity.ts";
import { readStatus, type Spool } from "../archive/spool/folder.ts";
import { isSpoolValid } from "../archive/spool/places.ts";
import type { Status } from "../archive/spool/status.ts";

/** The status of a file; a success counts only for the cluster and the repositories for which it was written. */
export async function readBelieved(
  { configuration }: Invocation,
  { spool, name }: { spool: Spool; name: string },
): Promise<Status | undefined> {
  const status = readStatus(spool.out, name);
  if (status?.ok !== true) return status;
  const control = await readLocalControl(configuration.options.need("pg-path"));
  return isSpoolValid(spool.pushIdentity, configuration, control) ? status : undefined;
}
