import type { Invocation } from "../cli/invocation.ts";
import { chosenRepository, repositoryPath } from "./repo/place.ts";
import { removePath } from "./repo/remove.ts";

/** Removes a file or folder of the repository. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, options } = invocation.configuration;
  const { storage } = chosenRepository(invocation);
  const path = repositoryPath(args[0] ?? "", storage.root);
  await removePath(storage, path, { recurse: options.get("recurse") ?? false });
  return 0;
}
