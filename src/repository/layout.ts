import type { CompressType } from "../stream/stage.ts";
import { segmentFolder } from "./wal/segment.ts";

/** Where things lie in a repository, relative to its root. Source: section 1 of the repository notes. */

/** Extension of a compressed file by compress type. */
export const COMPRESS_EXTENSIONS: Readonly<Record<CompressType, string>> = {
  none: "",
  gz: ".gz",
  lz4: ".lz4",
  zst: ".zst",
  bz2: ".bz2",
};

/** File that makes a folder with a label a backup. */
export const MANIFEST_NAME = "backup.manifest";
/** Suffix of the second copy of info files and manifests. */
export const COPY_SUFFIX = ".copy";
/** Suffix of a block-incremental file outside bundles; it takes the place of the compression extension. */
export const BLOCK_SUFFIX = ".pgbi";
/** Link to the newest backup, for people; nothing reads it. */
export const LATEST_NAME = "latest";
/** Folder of manifests that outlive their backups, by year. */
export const HISTORY_NAME = "backup.history";
/** Extension of a manifest in the history, whatever the backup's compression is. */
export const HISTORY_EXTENSION = ".manifest.gz";

/** Compress type by extension (with its dot, or empty); undefined for an extension of none. */
export function compressTypeOf(extension: string): CompressType | undefined {
  for (const [type, known] of Object.entries(COMPRESS_EXTENSIONS)) {
    if (known === extension) return type as CompressType;
  }
  return undefined;
}

/** Folder of a stanza's archive. */
export function archiveFolder(stanza: string): string {
  return `archive/${stanza}`;
}

/** Folder that holds the backup folders of all stanzas. */
export const BACKUP_ROOT = "backup";

/** Folder of a stanza's backups. */
export function backupFolder(stanza: string): string {
  return `${BACKUP_ROOT}/${stanza}`;
}

/** archive.info of a stanza. */
export function archiveInfoPath(stanza: string): string {
  return `${archiveFolder(stanza)}/archive.info`;
}

/** backup.info of a stanza. */
export function backupInfoPath(stanza: string): string {
  return `${backupFolder(stanza)}/backup.info`;
}

/** The second copy of an info file or manifest. */
export function copyOf(path: string): string {
  return path + COPY_SUFFIX;
}

/** Where a file with this stored name lies in the archive: WAL in the folder of its first 16 characters, the rest beside. */
export function archivePath(place: { stanza: string; archiveId: string }, storedName: string): string {
  const folder = segmentFolder(storedName);
  const parent = `${archiveFolder(place.stanza)}/${place.archiveId}`;
  return folder === undefined ? `${parent}/${storedName}` : `${parent}/${folder}/${storedName}`;
}

/** Folder of one backup. */
export function labelFolder(stanza: string, label: string): string {
  return `${backupFolder(stanza)}/${label}`;
}

/** Manifest of one backup. */
export function manifestPath(stanza: string, label: string): string {
  return `${labelFolder(stanza, label)}/${MANIFEST_NAME}`;
}

/** The manifest kept in the history: `backup.history/<first four characters of the label>/<label>.manifest.gz`. */
export function historyManifestPath(stanza: string, label: string): string {
  return `${backupFolder(stanza)}/${HISTORY_NAME}/${label.slice(0, 4)}/${label}${HISTORY_EXTENSION}`;
}

/** Label a name in the history folder belongs to, or undefined for a name of something else. */
export function historyLabel(name: string): string | undefined {
  return name.endsWith(HISTORY_EXTENSION) ? name.slice(0, -HISTORY_EXTENSION.length) : undefined;
}

/** A file of a manifest, as far as its place goes. */
export interface PlacedFile {
  name: string;
  /** Bytes stored. */
  repoSize: number;
  /** Label of the backup that holds the bytes; absent: the manifest's own. */
  reference?: string;
  bundle?: { id: number; offset: number };
  /** A file is stored as blocks if it has a block map. */
  block?: { mapSize: number };
}

/** Name a file is stored under when it is not bundled: with the extension of its form. */
export function storedName(file: { name: string; block?: { mapSize: number } }, compressType: CompressType): string {
  return file.name + ((file.block?.mapSize ?? 0) > 0 ? BLOCK_SUFFIX : COMPRESS_EXTENSIONS[compressType]);
}

/** Folder of the bundles within a label folder. */
export const BUNDLE_FOLDER = "bundle";

/** Name of a bundle within its label folder. */
export function bundleName(id: number): string {
  return `${BUNDLE_FOLDER}/${id}`;
}

/** Where the stored bytes of a file are: a path and the range in it. `label` is the manifest's own. */
export function storedPlace(
  file: PlacedFile,
  options: { stanza: string; label: string; compressType: CompressType },
): { path: string; offset: number; length: number } {
  const folder = labelFolder(options.stanza, file.reference ?? options.label);
  const name = file.bundle === undefined ? storedName(file, options.compressType) : bundleName(file.bundle.id);
  return { path: `${folder}/${name}`, offset: file.bundle?.offset ?? 0, length: file.repoSize };
}
