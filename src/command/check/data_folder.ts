import type { Invocation } from "../../cli/invocation.ts";
import { formatSize } from "../../cli/size.ts";
import { fail } from "../../error.ts";
import { systemAccounts } from "../../process/accounts.ts";
import { isMissing } from "../../storage/os_error.ts";
import { sourcePath } from "../backup/names.ts";
import { scanCluster, type ScannedTree } from "../backup/scan.ts";
import type { LiveCluster } from "../cluster/connect.ts";

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
  { log, signal }: Invocation,
  live: LiveCluster,
  { exclude }: { exclude: readonly string[] },
): Promise<BackupExtent> {
  const { cluster, control: { version, catalogVersion }, pgPath, key } = live;
  const accounts = systemAccounts();
  const tree = await scanCluster(pgPath, {
    rules: { version, catalogVersion, online: true, exclude },
    accounts,
    tablespaceName: async (oid) => (await cluster.tablespaces()).find((tablespace) => tablespace.oid === oid)?.name,
    warn: log.warn,
    info: log.detail,
    signal,
  });
  const uid = Deno.uid() ?? 0;
  const reader = { uid, user: accounts.userName(uid) };
  refuseUnreadable(filesInDoubt(tree, reader).filter((name) => !isReadable(`${pgPath}/${name}`)), pgPath);
  let bytes = 0;
  for (const row of tree.files.rows()) bytes += tree.files.size(row);
  log.detail(`data folder '${pgPath}' of pg${key} can be backed up: ${tree.files.count} files, ${formatSize(bytes)}`);
  return { files: tree.files.count, bytes };
}

/**
 * The files of which mode and owner do not say that the reader may read them, by their path in the data folder. Root
 * reads everything.
 */
export function filesInDoubt(
  { files }: Pick<ScannedTree, "files">,
  reader: { uid: number; user: string | false },
): string[] {
  const doubtful: string[] = [];
  if (reader.uid === 0) return doubtful;
  for (const row of files.rows()) {
    const { user, mode = 0 } = files.stored(row);
    const isOwn = typeof user === "string" && user === reader.user && (mode & 0o400) !== 0;
    if (!isOwn) doubtful.push(sourcePath(files.name(row)));
  }
  return doubtful;
}

/** A file that is gone meanwhile does not count: PostgreSQL removes files all the time. */
function isReadable(path: string): boolean {
  try {
    Deno.openSync(path, { read: true }).close();
    return true;
  } catch (error) {
    return isMissing(error);
  }
}

function refuseUnreadable(names: readonly string[], pgPath: string): void {
  if (names.length === 0) return;
  const shown = names.slice(0, SHOWN).map((name) => `'${pgPath}/${name}'`).join(", ");
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  fail("fileOpen", `unable to open ${names.length} file(s) of the cluster for read: ${shown}${more}`, {
    hint: "a backup by this user would fail: change owner or mode, or leave them out with option exclude.",
  });
}
