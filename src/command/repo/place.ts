import type { Invocation } from "../../cli/invocation.ts";
import { openRepository } from "../../context.ts";
import { fail } from "../../error.ts";
import type { Repository } from "../../repository/repository.ts";
import { absolutePath, isWithin } from "../../storage/path.ts";

/** The repository the repo commands work on: the one of option repo, else the one with the lowest index. */
export function chosenRepository(invocation: Invocation, stanza: string = ""): Repository {
  return openRepository(invocation, invocation.configuration.options.selected("repo")[0]!, stanza);
}

/**
 * A path as somebody typed it, relative to the root of the repository; empty for the root itself. An absolute one has to
 * lie in the repository, and none may lead out of it: error 96. Wording is the peer's.
 */
export function repositoryPath(typed: string, root: string): string {
  if (typed.includes("//")) fail("paramInvalid", `path '${typed}' cannot contain //`);
  const path = absolutePath(typed, root);
  if (isWithin(path, root)) return path.slice(root.length).replace(/^\//, "");
  if (typed.startsWith("/")) fail("paramInvalid", `absolute path '${typed}' is not in base path '${root}'`);
  fail("paramInvalid", `path '${typed}' leads out of base path '${root}'`);
}
