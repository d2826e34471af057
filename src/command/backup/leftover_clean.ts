import type { Logger } from "../../log.ts";
import { COMPRESS_EXTENSIONS, copyOf, labelFolder, MANIFEST_NAME } from "../../repository/layout.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import type { Repository } from "../../repository/repository.ts";
import type { Entry } from "../../storage/storage.ts";
import { JOURNAL_NAME } from "./journal.ts";

/**
 * Removes from the folder of a backup that goes on what will not be part of it. `isKept` tells of a row whether its stored
 * file stays; that file is still to be proven.
 */
export async function cleanLeftover(
  { storage, stanza }: Repository,
  manifest: Manifest,
  { isKept, log }: { isKept: (row: number) => boolean; log: Logger },
): Promise<void> {
  const root = labelFolder(stanza, manifest.backup.label);
  const extension = COMPRESS_EXTENSIONS[manifest.options.compressType];
  const folders = new Set(manifest.paths.map(({ name }) => name));
  const isWanted = ({ name, kind }: Entry): boolean => {
    if (kind === "folder") return folders.has(name);
    if (kind !== "file") return false;
    if (name === copyOf(MANIFEST_NAME) || name === JOURNAL_NAME) return true;
    const row = name.endsWith(extension)
      ? manifest.files.find(name.slice(0, name.length - extension.length))
      : undefined;
    return row !== undefined && isKept(row);
  };
  const surplus: Entry[] = [];
  for await (const batch of storage.list(root, { recurse: true })) {
    surplus.push(...batch.filter((entry) => !isWanted(entry)));
  }
  for (const { name, kind } of surplus) {
    log.detail(`remove ${kind === "folder" ? "path" : kind} '${root}/${name}' from resumed backup`);
    if (kind === "folder") await storage.removeTree(`${root}/${name}`);
    else await storage.remove(`${root}/${name}`);
  }
}
