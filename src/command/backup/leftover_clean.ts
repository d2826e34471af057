import type { Logger } from "../../log.ts";
import {
  BLOCK_SUFFIX,
  BUNDLE_FOLDER,
  bundleName,
  COMPRESS_EXTENSIONS,
  copyOf,
  labelFolder,
  MANIFEST_NAME,
} from "../../repository/layout.ts";
import type { FileData } from "../../repository/manifest/file_data.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import type { Repository } from "../../repository/repository.ts";
import type { Entry } from "../../storage/storage.ts";
import { JOURNAL_NAME } from "./journal.ts";

/**
 * Removes from the folder of a backup that goes on what will not be part of it. `kept` tells what is known of a row whose
 * stored bytes stay; they are still to be proven. A bundle stays as long as anything in it does.
 */
export async function cleanLeftover(
  { storage, stanza }: Repository,
  manifest: Manifest,
  { kept, log }: { kept: (row: number) => FileData | undefined; log: Logger },
): Promise<void> {
  const root = labelFolder(stanza, manifest.backup.label);
  const extension = COMPRESS_EXTENSIONS[manifest.options.compressType];
  const folders = new Set(manifest.paths.map(({ name }) => name));
  const bundles = bundlesOf(manifest.files, kept);
  if (bundles.size > 0) folders.add(BUNDLE_FOLDER);
  const isWanted = ({ name, kind }: Entry): boolean => {
    if (kind === "folder") return folders.has(name);
    if (kind !== "file") return false;
    if (name === copyOf(MANIFEST_NAME) || name === JOURNAL_NAME || bundles.has(name)) return true;
    return [extension, BLOCK_SUFFIX].some((suffix) => {
      const row = name.endsWith(suffix) ? manifest.files.find(name.slice(0, name.length - suffix.length)) : undefined;
      const data = row === undefined ? undefined : kept(row);
      return data !== undefined && data.bundle === undefined &&
        (data.block !== undefined) === (suffix === BLOCK_SUFFIX);
    });
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

/** Names of the bundles that hold files which are kept. */
function bundlesOf(files: FileTable, kept: (row: number) => FileData | undefined): Set<string> {
  const names = new Set<string>();
  for (const row of files.rows()) {
    const bundle = kept(row)?.bundle;
    if (bundle !== undefined) names.add(bundleName(bundle.id));
  }
  return names;
}
