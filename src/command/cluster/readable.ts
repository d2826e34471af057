import type { Accounts } from "../../process/accounts.ts";
import { isMissing } from "../../storage/os_error.ts";
import { sourcePath } from "../backup/names.ts";
import type { ScannedTree } from "../backup/scan.ts";

/** The files this user cannot read, by their path in the data folder. */
export function unreadableFiles(
  tree: Pick<ScannedTree, "files">,
  { pgPath, accounts }: { pgPath: string; accounts: Accounts },
): string[] {
  const uid = Deno.uid() ?? 0;
  return filesInDoubt(tree, { uid, user: accounts.userName(uid) }).filter((name) => !isReadable(`${pgPath}/${name}`));
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
