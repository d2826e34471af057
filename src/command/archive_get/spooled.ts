import type { Invocation } from "../../cli/invocation.ts";
import type { ControlData } from "../../postgres/control.ts";
import { exists } from "../../storage/posix_file.ts";
import type { Spool } from "../archive/spool/folder.ts";
import { isSpoolValid } from "../archive/spool/places.ts";

/** A segment that PostgreSQL wants. */
export interface WantedSegment {
  readonly name: string;
  /** Absolute path. */
  readonly destination: string;
  readonly cluster: ControlData;
  /** Asks the repositories themselves. */
  fetch(): Promise<boolean>;
}

/** A segment, and the spool it may be in. */
export interface SpoolPlace {
  readonly spool: Spool;
  readonly wanted: WantedSegment;
}

/** Whether a segment is in the spool, if what lies there is of this cluster and these repositories at all. */
export function isSpooled(
  { configuration }: Invocation,
  { spool, wanted: { name, cluster } }: { spool: Spool; wanted: Pick<WantedSegment, "name" | "cluster"> },
): "yes" | "no" | "invalid" {
  if (!isSpoolValid(spool.getIdentity, configuration, cluster)) return "invalid";
  return exists(`${spool.in}/${name}`) ? "yes" : "no";
}
