import type { Invocation } from "../cli/invocation.ts";
import { isEncrypted } from "../context.ts";
import { fail } from "../error.ts";
import type { Repository } from "../repository/repository.ts";
import { passphraseOf } from "./repo/cipher.ts";
import { fetchFile } from "./repo/fetch.ts";
import { chosenRepository, repositoryPath } from "./repo/place.ts";
import { untilClosed, writeStdout } from "./work/stdout.ts";

/** Exit status for a file that is missing and may be. */
const MISSING = 1;

/** Writes a file of the repository to stdout. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, options } = invocation.configuration;
  const repository = chosenRepository(invocation);
  const path = repositoryPath(args[0]!, repository.storage.root);
  const passphrase = await filePassphrase(invocation, repository, path);
  const decompress = options.get("decompress") ?? false;
  let found = true;
  await untilClosed(async () => {
    found = await fetchFile(repository, path, { passphrase, decompress, write: writeStdout });
  });
  if (found) return 0;
  if (options.get("ignore-missing")) return MISSING;
  fail("fileMissing", `unable to open missing file '${repository.storage.root}/${path}' for read`);
}

/** The passphrase to decrypt with; undefined where nothing is encrypted or the bytes are wanted as they are. */
async function filePassphrase(
  invocation: Invocation,
  repository: Repository,
  path: string,
): Promise<string | undefined> {
  const { options } = invocation.configuration;
  if (options.get("raw") || !await isEncrypted(invocation, repository.key)) return undefined;
  return options.get("cipher-pass") ?? await passphraseOf(repository, path, options.get("stanza"));
}
