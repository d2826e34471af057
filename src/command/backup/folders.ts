import { DATA_TARGET, TABLESPACE_TARGET } from "../../postgres/selection.ts";
import { BUNDLE_FOLDER, labelFolder } from "../../repository/layout.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import type { Repository } from "../../repository/repository.ts";

/** Creates every folder of a full backup, and the links that let a person find the tablespaces. */
export async function createFolders({ storage, stanza }: Repository, manifest: Manifest): Promise<void> {
  const root = labelFolder(stanza, manifest.backup.label);
  for (const { name } of manifest.paths) await storage.makeFolder(`${root}/${name}`);
  if (!storage.can.links) return;
  for (const { tablespace } of manifest.targets) {
    if (tablespace === undefined) continue;
    const link = `${DATA_TARGET}/pg_tblspc/${tablespace.oid}`;
    await storage.link(`${root}/${link}`, `../../${TABLESPACE_TARGET}/${tablespace.oid}`);
  }
}

/** Makes the names in every folder of a backup durable, before its manifest becomes final. */
export async function syncFolders({ storage, stanza }: Repository, manifest: Manifest): Promise<void> {
  const root = labelFolder(stanza, manifest.backup.label);
  for (const { name } of manifest.paths) {
    if (await storage.info(`${root}/${name}`) !== undefined) await storage.syncFolder(`${root}/${name}`);
  }
  const bundles = `${root}/${BUNDLE_FOLDER}`;
  if (await storage.info(bundles) !== undefined) await storage.syncFolder(bundles);
  await storage.syncFolder(root);
}
