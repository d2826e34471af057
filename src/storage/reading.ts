import { fail } from "../error.ts";
import { posixStorage } from "./posix.ts";
import type { Storage } from "./storage.ts";
import { inTurns } from "./turns.ts";

/**
 * A folder of this host for somebody else to read, links followed; changing anything is refused (105). Reading lets others
 * have their turn, and ends when `ended` is aborted: that somebody is gone.
 */
export function readingStorage(root: string, ended: AbortSignal): Storage {
  const inner = posixStorage(root);
  const refuse = (path: string) =>
    Promise.try(() => fail("access", `'${root}' is served for reading only: '${path}' cannot be changed`));
  return {
    kind: inner.kind,
    can: inner.can,
    root,
    info: (path, options) => inner.info(path, options),
    list: (path, options) => inner.list(path, options),
    names: (path) => inner.names(path),
    read: async (path, range) => inTurns(await inner.read(path, range), ended),
    write: refuse,
    append: refuse,
    makeFolder: refuse,
    link: refuse,
    hardLink: refuse,
    remove: refuse,
    removeTree: refuse,
    syncFolder: refuse,
  };
}
