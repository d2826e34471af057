import { fail } from "../../error.ts";
import { loadEither } from "../../repository/info/copies.ts";
import {
  archiveInfoPath,
  backupInfoPath,
  copyOf,
  HISTORY_NAME,
  MANIFEST_NAME,
  manifestPath,
} from "../../repository/layout.ts";
import { openManifestStream } from "../../repository/manifest/stream.ts";
import { storedPieces } from "../../repository/manifest_file.ts";
import { describePath, loadArchiveInfo, loadBackupInfo, type Repository } from "../../repository/repository.ts";

/** Which passphrase a file is encrypted with, by where it lies, and the stanza it belongs to. */
export type CipherPlace =
  | { level: "repository" | "archive" | "backupInfo"; stanza: string }
  | { level: "set"; stanza: string; label: string };

/** The place of a path relative to the root; undefined where no passphrase belongs to it. */
export function cipherPlace(path: string): CipherPlace | undefined {
  const [family, stanza, third, ...rest] = path.split("/");
  if (stanza === undefined || third === undefined) return undefined;
  const infos = [archiveInfoPath(stanza), backupInfoPath(stanza)];
  if (infos.some((info) => path === info || path === copyOf(info))) return { level: "repository", stanza };
  if (family === "archive") return { level: "archive", stanza };
  if (family !== "backup") return undefined;
  const name = rest.join("/");
  return third === HISTORY_NAME || name === MANIFEST_NAME || name === copyOf(MANIFEST_NAME)
    ? { level: "backupInfo", stanza }
    : { level: "set", stanza, label: third };
}

/**
 * The passphrase of a file of an encrypted repository; `given` is the stanza the user named, if any. Error 32 where
 * there is none for such a path or the stanza is another one; 55, 26, 29, 95 from the files that hold it.
 */
export async function passphraseOf(repository: Repository, path: string, given?: string): Promise<string | undefined> {
  const place = cipherPlace(path);
  if (place === undefined) fail("optionInvalidValue", `unable to determine cipher passphrase for '${path}'`);
  if (given !== undefined && given !== place.stanza) {
    fail("optionInvalidValue", `stanza name '${given}' given in option doesn't match the given path`);
  }
  const owner = { ...repository, stanza: place.stanza };
  switch (place.level) {
    case "repository":
      return owner.passphrase;
    case "archive":
      return (await loadArchiveInfo(owner)).value.cipherPass;
    case "backupInfo":
      return (await loadBackupInfo(owner)).value.cipherPass;
    case "set":
      return await passphraseOfSet(owner, place.label);
  }
}

/** The passphrase of the files of a backup, from the head of its manifest or the copy; its files are not read. */
export async function passphraseOfSet(repository: Repository, label: string): Promise<string | undefined> {
  const { value: { cipherPass } } = await loadBackupInfo(repository);
  const { value } = await loadEither(manifestPath(repository.stanza, label), async (path) => {
    const pieces = storedPieces(repository, path, cipherPass);
    const { header, files } = await openManifestStream(pieces, { file: describePath(repository, path) });
    await files.return(undefined);
    await pieces.return(undefined);
    return header;
  });
  return value.cipherPass;
}
