import { fail } from "../../error.ts";
import type { Storage } from "../../storage/storage.ts";

/**
 * Removes a file, a link (never what it leads to) or a folder; a missing one is fine. Error 31 for a folder that is not
 * empty, unless `recurse` allows to remove what is in it too.
 */
export async function removePath(storage: Storage, path: string, { recurse }: { recurse: boolean }): Promise<void> {
  const entry = await storage.info(path);
  if (entry === undefined) return;
  if (entry.kind !== "folder") return await storage.remove(path);
  if (!recurse && !await isEmpty(storage, path)) {
    fail("optionInvalid", "recurse option must be used to delete non-empty path");
  }
  await storage.removeTree(path);
}

async function isEmpty(storage: Storage, path: string): Promise<boolean> {
  for await (const batch of storage.list(path)) if (batch.length > 0) return false;
  return true;
}
