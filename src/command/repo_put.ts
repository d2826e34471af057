import type { Invocation } from "../cli/invocation.ts";
import { isEncrypted } from "../context.ts";
import { fail } from "../error.ts";
import { storageError } from "../storage/os_error.ts";
import { CHUNK_SIZE, type Source } from "../storage/storage.ts";
import { chosenRepository, repositoryPath } from "./repo/place.ts";
import { storeFile } from "./repo/store.ts";

/** Stores what comes from stdin as a file of the repository. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, options } = invocation.configuration;
  const repository = chosenRepository(invocation);
  const path = repositoryPath(args[0]!, repository.storage.root);
  const encrypts = !options.get("raw") && await isEncrypted(invocation, repository.key);
  const passphrase = encrypts ? options.get("cipher-pass") ?? repository.passphrase : undefined;
  await storeFile(repository, path, { source: stdinSource(), passphrase, name: "stdin" });
  return 0;
}

function stdinSource(): Source {
  return {
    async next() {
      const buffer = new Uint8Array(CHUNK_SIZE);
      try {
        const count = await Deno.stdin.read(buffer);
        return count === null ? undefined : buffer.subarray(0, count);
      } catch (error) {
        throw storageError("fileRead", "read from", "stdin", error);
      }
    },
    reread: () => fail("assert", "stdin cannot be read twice"),
    [Symbol.dispose]: () => {},
  };
}
