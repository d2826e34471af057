import type { Options } from "../../config/configuration.ts";
import { isStoredAsSegment } from "../../repository/wal/segment.ts";
import type { ClusterIdentity } from "../../repository/info/history.ts";
import { pushOther } from "./other_file.ts";
import { checkHeader, type PushOutcome, pushSegment } from "./segment.ts";
import type { ArchiveTarget } from "./target.ts";
import type { WalFile } from "./wal_file.ts";

/** Where a WAL file goes. */
export interface Push {
  targets: readonly ArchiveTarget[];
  /** The cluster whose WAL is expected. */
  cluster: ClusterIdentity;
  /** Called before the first byte becomes visible; what it throws ends the push. */
  beforePublish?(): void;
}

/** Stores a WAL file of any kind in every target that lacks it, as the options say. */
export async function pushFile(file: WalFile, options: Options, push: Push): Promise<PushOutcome> {
  const execId = options.need("exec-id");
  const { targets, cluster, beforePublish } = push;
  if (!isStoredAsSegment(file.name)) {
    beforePublish?.();
    return await pushOther(file, { targets, overwrite: !options.get("archive-mode-check"), execId });
  }
  if (options.get("archive-header-check")) await checkHeader(file, cluster);
  const compression = { type: options.need("compress-type"), level: options.get("compress-level") ?? 0 };
  return await pushSegment(file, { targets, compression, execId, ...(beforePublish && { beforePublish }) });
}

/** Warnings about repositories that had the file already, with the same content. */
export function presentWarnings(name: string, options: Options, present: readonly number[]): string[] {
  if (!isStoredAsSegment(name) || !options.get("archive-mode-check")) return [];
  return present.map((key) =>
    `WAL file '${name}' already exists in the repo${key} archive with the same checksum\n` +
    "HINT: this is valid in some recovery scenarios but may also indicate a problem."
  );
}
