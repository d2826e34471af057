import { hasPageChecksums, relationSegment, type SelectionRules } from "../../postgres/selection.ts";
import { type PlacedFile, storedPlace } from "../../repository/layout.ts";
import type { FileView } from "../../repository/manifest/file_table.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { baseOf, parentOf } from "../../storage/path.ts";
import type { StoredPart } from "../../storage/parts.ts";
import type { ExpectedContent, StoredCheck } from "./stored_check.ts";

/** Bytes in a full segment of a relation. */
const RELATION_SEGMENT = 1024 ** 3;

/** How the files of a backup are verified. */
export interface FileRules {
  stanza: string;
  /** Decode every file, not only those without a checksum of their stored bytes. */
  content: boolean;
  /** Page size of the cluster in bytes, where pages are to be checked. */
  pageSize?: number;
  /** True where blocks are in a layout that only the peer's beta reads: their content is left alone. */
  betaBlocks?: boolean;
}

/**
 * What a file of a backup has to be; undefined where nothing is stored for it: an empty file in a backup with bundles. A
 * backup without them may refer to such a one.
 */
export function fileCheck(file: FileView, manifest: Manifest, rules: FileRules): StoredCheck | undefined {
  const { backup, options } = manifest;
  if (file.size === 0 && (backup.bundle || file.reference !== undefined)) return undefined;
  const place = storedPlace(file, { stanza: rules.stanza, label: backup.label, compressType: options.compressType });
  const content = expectedContent(file, manifest, { ...rules, part: place });
  const isPlain = file.repoChecksum === undefined && !isBlocks(file);
  return {
    path: place.path,
    ...(file.bundle === undefined && content?.pages === undefined ? {} : { name: file.name }),
    ...(file.bundle === undefined ? {} : { range: { offset: place.offset, length: place.length } }),
    ...(isPlain ? {} : {
      stored: { size: file.repoSize, ...(file.repoChecksum === undefined ? {} : { checksum: file.repoChecksum }) },
    }),
    ...(content === undefined ? {} : { content }),
  };
}

/** What decoding the file has to give; undefined where the checksum of the stored bytes is proof enough. */
function expectedContent(
  file: FileView,
  manifest: Manifest,
  rules: FileRules & { part: StoredPart },
): ExpectedContent | undefined {
  if (isBlocks(file) && rules.betaBlocks === true) return undefined;
  const pages = pageRules(file.name, manifest, rules);
  if (file.repoChecksum !== undefined && !rules.content && pages === undefined) return undefined;
  return {
    compressType: manifest.options.compressType,
    raw: file.bundle !== undefined && manifest.backup.bundleRaw,
    size: file.size,
    ...(file.checksum === undefined ? {} : { checksum: file.checksum }),
    ...(pages === undefined ? {} : { pages }),
    ...(isBlocks(file) ? { block: { name: file.name, size: file.size, part: rules.part, block: file.block! } } : {}),
  };
}

function isBlocks({ block }: PlacedFile): boolean {
  return (block?.mapSize ?? 0) > 0;
}

function pageRules(
  name: string,
  { cluster, options }: Manifest,
  { pageSize }: FileRules,
): ExpectedContent["pages"] | undefined {
  const rules: SelectionRules = { ...cluster, online: options.online, exclude: [] };
  if (pageSize === undefined) return undefined;
  if (!hasPageChecksums(parentOf(name), baseOf(name), rules)) return undefined;
  return {
    pageSize,
    segment: relationSegment(name),
    segmentPages: RELATION_SEGMENT / pageSize,
    headerCheck: true,
  };
}
