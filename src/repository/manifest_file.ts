import type { Chunk, Source } from "../storage/storage.ts";
import { transfer } from "../storage/transfer.ts";
import type { StageSpec } from "../stream/stage.ts";
import { type Loaded, loadEither } from "./info/copies.ts";
import { copyOf, historyManifestPath, manifestPath } from "./layout.ts";
import { type Manifest, manifestPieces, readManifest } from "./manifest/manifest.ts";
import { describePath, type Repository } from "./repository.ts";
import { decryptStages, encryptStages, keyServices, readStored, storeFrom } from "./stored_file.ts";

/** Level of the history's compression, as the peer writes it. */
const HISTORY_LEVEL = 9;

/** The manifest of a backup, or its copy. `passphrase` is that of backup.info. Errors: 55, 26, 29, 95. */
export async function loadManifest(
  repository: Repository,
  label: string,
  passphrase?: string,
): Promise<Loaded<Manifest>> {
  return await loadEither(
    manifestPath(repository.stanza, label),
    (path) => loadManifestAt(repository, path, passphrase),
  );
}

/** The manifest in one file. */
export async function loadManifestAt(repository: Repository, path: string, passphrase?: string): Promise<Manifest> {
  return await readManifest(storedPieces(repository, path, passphrase), { file: describePath(repository, path) });
}

/** The plain bytes of a stored manifest, piece by piece, never held as a whole. */
export async function* storedPieces(repository: Repository, path: string, passphrase?: string): AsyncGenerator<Chunk> {
  yield* readStored(repository.storage, { path }, {
    specs: decryptStages(passphrase, "backupInfo"),
    name: describePath(repository, path),
    ...keyServices(passphrase),
  });
}

/** Writes a manifest to the copy's name: what a backup under way, or one that broke off, leaves for the next. */
export async function saveManifestCopy(repository: Repository, manifest: Manifest, passphrase?: string): Promise<void> {
  const path = copyOf(manifestPath(repository.stanza, manifest.backup.label));
  await writePieces(repository, path, {
    pieces: manifestPieces(manifest),
    specs: encryptStages(passphrase, "backupInfo"),
    passphrase,
  });
}

/** Makes the copy the manifest itself, byte for byte: from this moment on the backup exists. */
export async function commitManifest(repository: Repository, label: string): Promise<void> {
  const path = manifestPath(repository.stanza, label);
  using source = await repository.storage.read(copyOf(path));
  await using sink = await repository.storage.write(path);
  await transfer(source, sink, [], { name: describePath(repository, copyOf(path)), release: true });
  await sink.commit();
}

/** Keeps the manifest in the history of the stanza, where it outlives the backup. */
export async function saveManifestHistory(
  repository: Repository,
  manifest: Manifest,
  passphrase?: string,
): Promise<void> {
  const path = historyManifestPath(repository.stanza, manifest.backup.label);
  const specs: StageSpec[] = [
    { stage: "compress", type: "gz", level: HISTORY_LEVEL },
    ...encryptStages(passphrase, "backupInfo"),
  ];
  await writePieces(repository, path, { pieces: manifestPieces(manifest), specs, passphrase });
}

interface PiecesToWrite {
  pieces: AsyncGenerator<Chunk>;
  specs: StageSpec[];
  passphrase?: string | undefined;
}

async function writePieces(
  repository: Repository,
  path: string,
  { pieces, specs, passphrase }: PiecesToWrite,
): Promise<void> {
  await storeFrom(repository.storage, path, {
    source: piecesSource(pieces),
    specs,
    holdKeys: true,
    release: true,
    name: describePath(repository, path),
    ...keyServices(passphrase),
  });
}

function piecesSource(pieces: AsyncGenerator<Chunk>): Source {
  return {
    async next() {
      const { done, value } = await pieces.next();
      return done === true ? undefined : value;
    },
    reread() {
      throw new Error("a generated manifest cannot be read again");
    },
    [Symbol.dispose]: () => {},
  };
}
