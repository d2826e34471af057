import type { Invocation } from "../../cli/invocation.ts";
import { formatSize } from "../../cli/size.ts";
import { fail } from "../../error.ts";
import type { LiveCluster } from "../cluster/connect.ts";
import { clusterHost } from "../cluster/open_host.ts";

/** What a full backup would have to copy. */
export interface BackupExtent {
  files: number;
  bytes: number;
}

/** How many names a message lists. */
const SHOWN = 5;

/**
 * Lists the files of a cluster as a backup does that leaves out `exclude`, and looks whether this user may read them;
 * nothing is copied. Errors are those a backup would end with: 41 for what cannot be read or carried, 69 and 70 for links, 53, 73.
 */
export async function checkDataFolder(
  invocation: Invocation,
  live: LiveCluster,
  { exclude }: { exclude: readonly string[] },
): Promise<BackupExtent> {
  const { log, signal } = invocation;
  const { cluster, control: { version, catalogVersion }, pgPath, key } = live;
  const { tree, unreadable } = await (await clusterHost(invocation, key)).scan({
    rules: { version, catalogVersion, online: true, exclude },
    tryReading: true,
    tablespaceName: async (oid) => (await cluster.tablespaces()).find((tablespace) => tablespace.oid === oid)?.name,
    warn: log.warn,
    info: log.detail,
    signal,
  });
  refuseUnreadable(unreadable, pgPath);
  let bytes = 0;
  for (const row of tree.files.rows()) bytes += tree.files.size(row);
  log.detail(`data folder '${pgPath}' of pg${key} can be backed up: ${tree.files.count} files, ${formatSize(bytes)}`);
  return { files: tree.files.count, bytes };
}

function refuseUnreadable(names: readonly string[], pgPath: string): void {
  if (names.length === 0) return;
  const shown = names.slice(0, SHOWN).map((name) => `'${pgPath}/${name}'`).join(", ");
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  fail("fileOpen", `unable to open ${names.length} file(s) of the cluster for read: ${shown}${more}`, {
    hint: "a backup by this user would fail: change owner or mode, or leave them out with option exclude.",
  });
}
