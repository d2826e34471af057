import { posixStorage } from "../../../storage/posix.ts";

/**
 * Removes what the spool of a stanza knows of the cluster as it was, for one that is restored. The list of dropped WAL
 * stays: it is about the archive, and its marks may not have got there yet.
 */
export async function clearSpool(spoolPath: string, stanza: string): Promise<void> {
  const storage = posixStorage(`${spoolPath}/archive/${stanza}`);
  for (const folder of ["in", "out"]) await storage.removeTree(folder);
  for (const file of ["identity", "identity-get", "fetching"]) await storage.remove(file);
}
