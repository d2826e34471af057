import { labelFolder, storedName } from "../../repository/layout.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import type { Repository } from "../../repository/repository.ts";

/**
 * Makes the folder of a backup look complete: what lies in other backups of its set appears in it as a hard link, except
 * what lies in a bundle there and so has no file of its own.
 */
export async function linkReferences({ storage, stanza }: Repository, manifest: Manifest): Promise<void> {
  const { files, options: { compressType }, backup: { label } } = manifest;
  for (const row of files.rows()) {
    const reference = files.reference(row);
    if (reference === undefined) continue;
    const file = files.at(row);
    if (file.bundle !== undefined) continue;
    const name = storedName(file, compressType);
    const path = `${labelFolder(stanza, label)}/${name}`;
    if (await storage.info(path) !== undefined) await storage.remove(path);
    await storage.hardLink(path, `${labelFolder(stanza, reference)}/${name}`);
  }
}
