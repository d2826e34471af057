import type { Invocation } from "../cli/invocation.ts";
import { openRepository } from "../context.ts";
import { fail } from "../error.ts";
import { fetchBlockMap } from "../repository/block_file.ts";
import { LATEST_NAME, storedPlace } from "../repository/layout.ts";
import type { FileView } from "../repository/manifest/file_table.ts";
import type { Manifest } from "../repository/manifest/manifest.ts";
import { loadManifest } from "../repository/manifest_file.ts";
import { encodeRaw } from "../repository/raw_text.ts";
import { loadBackupInfo, type Repository } from "../repository/repository.ts";
import type { Chunk } from "../stream/chunk.ts";
import { readBlockMap } from "../stream/blocks/map_read.ts";
import { readsByReference } from "./manifest/block_reads.ts";
import { manifestJson, manifestText, type ShownFile } from "./manifest/render.ts";
import { untilClosed, writeStdout } from "./work/stdout.ts";

/** Output is collected up to this many characters. */
const PIECE = 64 * 1024;

/** Shows what the manifest of a backup says: its head and its files, all, those of one backup, or a single one. */
export async function run(invocation: Invocation): Promise<number> {
  const { options } = invocation.configuration;
  const repository = openRepository(invocation, options.selected("repo")[0]!);
  const manifest = await loadChosen(repository, options.need("set"));
  const { backup, options: { compressType } } = manifest;
  const filter = options.get("filter");
  const files = filter === undefined
    ? shownFiles(manifest, options.get("reference"))
    : [await singleFile(repository, manifest, filter)];
  const pieces = options.get("output") === "json"
    ? manifestJson(backup, files)
    : manifestText(backup, files, { compressType });
  await untilClosed(() => Promise.try(() => writePieces(pieces)));
  return 0;
}

/** The manifest of a label; `latest` is the newest backup of backup.info, as the link of that name says where there are links. */
async function loadChosen(repository: Repository, set: string): Promise<Manifest> {
  const { value: info } = await loadBackupInfo(repository);
  const newest = info.backups.at(-1)?.label;
  if (set === LATEST_NAME && newest === undefined) {
    fail("backupSetInvalid", "no backup sets to show", { hint: "has a backup been made? Look with: pg_backrest info" });
  }
  return (await loadManifest(repository, set === LATEST_NAME ? newest! : set, info.cipherPass)).value;
}

function* shownFiles({ files }: Manifest, reference: string | undefined): Generator<ShownFile> {
  for (const row of files.rows()) {
    const held = files.reference(row) ?? LATEST_NAME;
    if (reference === undefined || held === reference) yield { file: files.at(row) };
  }
}

async function singleFile(repository: Repository, manifest: Manifest, name: string): Promise<ShownFile> {
  const row = manifest.files.find(name);
  if (row === undefined) {
    fail("fileMissing", `unable to find file '${name}' in the manifest of backup ${manifest.backup.label}`, {
      hint: "names begin with pg_data/ or pg_tblspc/, without the extension the file is stored with.",
    });
  }
  const file = manifest.files.at(row);
  if ((file.block?.mapSize ?? 0) === 0) return { file };
  return { file, reads: readsByReference(readBlockMap(await storedMap(repository, manifest, file), shapeOf(file))) };
}

function shapeOf({ block }: FileView): { blockSize: number; checksumSize: number } {
  return { blockSize: block!.size, checksumSize: block!.checksumSize };
}

/** The map of a file of blocks. */
async function storedMap(repository: Repository, manifest: Manifest, file: FileView): Promise<Chunk> {
  const { backup: { label }, options: { compressType }, cipherPass: passphrase } = manifest;
  const place = storedPlace(file, { stanza: repository.stanza, label, compressType });
  return await fetchBlockMap(repository, place, { mapSize: file.block!.mapSize, passphrase });
}

function writePieces(pieces: Iterable<string>): void {
  let collected = "";
  for (const piece of pieces) {
    collected += piece;
    if (collected.length < PIECE) continue;
    writeStdout(encodeRaw(collected));
    collected = "";
  }
  writeStdout(encodeRaw(collected));
}
