import { fail } from "../../error.ts";
import type { Repository } from "../../repository/repository.ts";
import { encryptStages, keyServices, storeFrom } from "../../repository/stored_file.ts";
import type { Source } from "../../storage/storage.ts";

/**
 * Stores what a source gives as a file of the repository, encrypted with `passphrase` where it is given. The file appears
 * when all of it is on disk, in the place of an older one; missing folders are created. Error 96 for the root itself.
 */
export async function storeFile(
  { storage }: Repository,
  path: string,
  { source, passphrase, name }: { source: Source; passphrase: string | undefined; name: string },
): Promise<void> {
  if (path === "") fail("paramInvalid", "the repository itself cannot be replaced by a file");
  const specs = encryptStages(passphrase, "repository");
  await storeFrom(storage, path, { source, specs, name, ...keyServices(passphrase) });
}
