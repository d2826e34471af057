import { BackRestError, fail } from "../error.ts";
import { joinChunks } from "../stream/chunk.ts";
import { MAGIC } from "../stream/cipher_key.ts";
import type { StageSpec } from "../stream/stage.ts";
import type { Chunk, Storage, WriteOptions } from "../storage/storage.ts";
import type { StoredPlace } from "../storage/elsewhere.ts";
import type { Transferred } from "../storage/transfer.ts";
import { type ArchiveInfo, formatArchiveInfo, readArchiveInfo } from "./info/archive_info.ts";
import { type BackupInfo, formatBackupInfo, readBackupInfo } from "./info/backup_info.ts";
import { type Loaded, loadEither } from "./info/copies.ts";
import { archiveInfoPath, backupInfoPath, copyOf } from "./layout.ts";
import { decryptStages, encryptStages, keyServices, storeBytes, transferStored } from "./stored_file.ts";

export { decryptStages, encryptStages, keyServices };

/** A repository as one stanza sees it. */
export interface Repository {
  /** Its number in the option names: 1 for `repo1-path`. */
  readonly key: number;
  readonly stanza: string;
  readonly storage: Storage;
  /**
   * Passphrase of the info files; absent where the repository is not encrypted. Where another host owns the passphrases it
   * is a text that stands for it, see keyHandle(), whether the repository is encrypted or not.
   */
  readonly passphrase?: string;
}

/** How messages name a file of a repository. */
export function describePath(repository: Repository, path: string): string {
  return `repo${repository.key}: ${repository.storage.root}/${path}`;
}

/** Reads a small file whole, decrypted with `passphrase` where it is given. Errors: 55 missing, 95 wrong passphrase. */
export async function readSmall(repository: Repository, path: string, passphrase?: string): Promise<Chunk> {
  const chunks: Chunk[] = [];
  const specs = decryptStages(passphrase, "repository");
  await fetchStored(repository, { path, passphrase }, specs, { write: (chunk) => void chunks.push(chunk) });
  return joinChunks(chunks);
}

/** Writes a small file whole, encrypted with `passphrase` where it is given, by default atomically. */
export async function writeSmall(
  repository: Repository,
  path: string,
  content: { bytes: Chunk; passphrase?: string | undefined; options?: WriteOptions },
): Promise<void> {
  await writeAll(repository, [path], content);
}

async function writeAll(
  { storage }: Repository,
  paths: readonly string[],
  { bytes, passphrase, options: how }: Parameters<typeof writeSmall>[2],
): Promise<void> {
  const specs = encryptStages(passphrase, "repository");
  await storeBytes(storage, paths, { bytes, specs, services: keyServices(passphrase), how });
}

/** Writes the same content under a name and under the name of its copy, each atomically, the copy last. */
async function writePair(repository: Repository, path: string, bytes: Chunk): Promise<void> {
  await writeAll(repository, [path, copyOf(path)], { bytes, passphrase: repository.passphrase });
}

/**
 * The plain bytes of an info file. Errors: 55 missing, 95 wrong passphrase or not encrypted at all, 29 encrypted although
 * no passphrase is set; each says which option is to be looked at.
 */
export async function readInfoFile(repository: Repository, path: string): Promise<Chunk> {
  const { key, passphrase } = repository;
  try {
    const bytes = await readSmall(repository, path, passphrase);
    checkPlain(bytes, { file: describePath(repository, path), encrypted: passphrase !== undefined });
    return bytes;
  } catch (error) {
    if (!(error instanceof BackRestError) || error.hint !== undefined) throw error;
    if (error.kind !== "crypto" && error.kind !== "format") throw error;
    const hint = passphrase === undefined
      ? `set repo${key}-cipher-type=aes-256-cbc, and repo${key}-cipher-pass in a configuration file or the environment.`
      : `is repo${key}-cipher-pass the passphrase the repository was created with, and is it encrypted at all?`;
    throw new BackRestError(error.kind, error.message, { cause: error, file: path, hint });
  }
}

/** An info file begins with a section. Garbage that came out of a wrong passphrase by chance does not. */
function checkPlain(bytes: Chunk, { file, encrypted }: { file: string; encrypted: boolean }): void {
  if (!encrypted && MAGIC.every((byte, i) => bytes[i] === byte)) {
    fail("format", `unable to read '${file}': it is encrypted, but no passphrase is set`);
  }
  if (encrypted && bytes.length > 0 && bytes[0] !== SECTION_START && bytes[0] !== LINE_FEED) {
    fail("crypto", `unable to read '${file}': the passphrase is wrong or the data is damaged`);
  }
}

const SECTION_START = 0x5b;
const LINE_FEED = 0x0a;

/** archive.info of the stanza. Errors: 55 with what to do, 26, 29, 95. */
export async function loadArchiveInfo(repository: Repository): Promise<Loaded<ArchiveInfo>> {
  const path = archiveInfoPath(repository.stanza);
  const load = async (each: string) => {
    const bytes = await readInfoFile(repository, each);
    return await readArchiveInfo([bytes], { file: describePath(repository, each) });
  };
  return await withStanzaHint(repository, () => loadEither(path, load));
}

/** backup.info of the stanza. Errors: 55 with what to do, 26, 29, 95. */
export async function loadBackupInfo(repository: Repository): Promise<Loaded<BackupInfo>> {
  const path = backupInfoPath(repository.stanza);
  const load = async (each: string) => {
    const bytes = await readInfoFile(repository, each);
    return await readBackupInfo([bytes], { file: describePath(repository, each) });
  };
  return await withStanzaHint(repository, () => loadEither(path, load));
}

/** Saves archive.info and its copy. */
export async function saveArchiveInfo(repository: Repository, info: ArchiveInfo): Promise<void> {
  await writePair(repository, archiveInfoPath(repository.stanza), await formatArchiveInfo(info));
}

/** Saves backup.info and its copy. */
export async function saveBackupInfo(repository: Repository, info: BackupInfo): Promise<void> {
  await writePair(repository, backupInfoPath(repository.stanza), await formatBackupInfo(info));
}

async function withStanzaHint<T>(repository: Repository, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof BackRestError) || error.kind !== "fileMissing") throw error;
    throw new BackRestError(error.kind, error.message, {
      cause: error,
      hint: `has the stanza been created? pg_backrest --stanza=${repository.stanza} stanza-create`,
    });
  }
}

/** Moves the bytes of a stored file to wherever `write` puts them; `specs` undo what was done to them. */
export async function fetchStored(
  repository: Repository,
  { passphrase, ...place }: StoredPlace & { passphrase?: string | undefined },
  specs: readonly StageSpec[],
  to: {
    write(chunk: Chunk): void | Promise<void>;
    signal?: AbortSignal;
    check?: () => void;
    onRead?: (bytes: number) => void;
  },
): Promise<Transferred> {
  const name = describePath(repository, place.path);
  return await transferStored(repository.storage, place, { specs, name, ...keyServices(passphrase), ...to });
}
