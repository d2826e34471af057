import type { Logger } from "../../log.ts";
import { labelFolder, manifestPath } from "../../repository/layout.ts";
import type { Repository } from "../../repository/repository.ts";
import { labelFolders } from "../stanza/reconciled.ts";

/**
 * Removes what a backup that broke off left behind: a newest label folder without a manifest. The lock of this run says
 * that nobody is working on it.
 */
export async function removeAbandoned(repository: Repository, log: Logger): Promise<void> {
  const newest = (await labelFolders(repository)).at(-1);
  if (newest === undefined) return;
  const { storage, stanza } = repository;
  if (await storage.info(manifestPath(stanza, newest)) !== undefined) return;
  log.warn(`backup '${newest}' was not finished and is removed`);
  await storage.removeTree(labelFolder(stanza, newest));
}
