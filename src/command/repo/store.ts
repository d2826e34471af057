import { fail } from "../../error.ts";
import { encryptStages, keyServices, type Repository } from "../../repository/repository.ts";
import type { Source } from "../../storage/storage.ts";
import { transfer } from "../../storage/transfer.ts";

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
  await using sink = await storage.write(path);
  await transfer(source, sink, encryptStages(passphrase, "repository"), { name, ...keyServices(passphrase) });
  await sink.commit();
}
