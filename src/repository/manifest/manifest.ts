import type { Chunk } from "../../storage/storage.ts";
import { InfoParser, type Pieces } from "../info/container_read.ts";
import { type InfoEntry, infoPieces } from "../info/container_write.ts";
import { streamHash } from "../info/text_hash.ts";
import { FileLineReader } from "./file_line_read.ts";
import { formatFileValue } from "./file_line_write.ts";
import { FileTable } from "./file_table.ts";
import type { ManifestHeader } from "./header.ts";
import { readHeader } from "./header_read.ts";
import { headerSections } from "./header_write.ts";
import { type ManifestTree, readTree, treeSections } from "./tree.ts";

/** backup.manifest: everything about one backup. */
export interface Manifest extends ManifestHeader, ManifestTree {
  files: FileTable;
}

/** Section of the files, the only one that can be large. */
export const FILE_SECTION = "target:file";

/**
 * Reads a manifest (decrypted). Error 29 where it is malformed or a name in it leads out of the tree, 26 where its checksum
 * is wrong. `file` names it in messages.
 */
export async function readManifest(pieces: Pieces, { file }: { file: string }): Promise<Manifest> {
  const files = new FileTable();
  const lines = new FileLineReader();
  const reader = {
    section: FILE_SECTION,
    read(line: Uint8Array): number {
      const { equals, data } = lines.read(line);
      files.append(line.subarray(0, equals), data);
      return equals;
    },
  };
  const parser = new InfoParser({ file, hash: await streamHash(), reader });
  for await (const piece of pieces) parser.push(piece);
  const { sections } = await parser.finish();
  const header = readHeader(sections, { file });
  const tree = readTree(sections, { file });
  files.defaults = tree.defaults.file;
  if (header.backup.references.length === 0) header.backup.references = fileReferences(files, header.backup.label);
  return { ...header, ...tree, files };
}

/** A manifest in pieces, before encryption. Pass `writer` to keep the version a manifest came with. */
export async function* manifestPieces(manifest: Manifest, options: { writer?: string } = {}): AsyncGenerator<Chunk> {
  const sections = [
    ...headerSections(manifest),
    { name: FILE_SECTION, entries: fileEntries(manifest) },
    ...treeSections(manifest),
  ];
  yield* infoPieces(sections, { hash: await streamHash(), ...options });
}

function* fileEntries({ files, defaults }: Manifest): Generator<InfoEntry> {
  for (const row of files.rows()) {
    yield { key: files.nameBytes(row), value: formatFileValue(files.stored(row), defaults.file) };
  }
}

/** The list of very old manifests that have none: the labels files refer to, in order of appearance, and the own one. */
function fileReferences(files: FileTable, label: string): string[] {
  const labels = new Set<string>();
  for (const row of files.rows()) {
    const reference = files.reference(row);
    if (reference !== undefined) labels.add(reference);
  }
  return [...labels, label];
}
