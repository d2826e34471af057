import { fail } from "../error.ts";
import { isMissing, storageError } from "./os_error.ts";
import { absolutePath, checkPath, isWithin, joinPath, parentOf } from "./path.ts";
import { posixStorage } from "./posix.ts";
import type { Storage } from "./storage.ts";
import { inTurns } from "./turns.ts";

/**
 * A folder of this host for somebody who must not get out of it: like posixStorage(), but what lies behind a symbolic
 * link that leads out of the folder is refused (105), and so is making such a link. Reading lets others
 * have their turn, and ends when `ended` is aborted: that somebody is gone.
 */
export function containedStorage(root: string, ended: AbortSignal): Storage {
  const inner = posixStorage(root);
  const inside = (path: string) => checkInside(root, path);
  const place = (path: string) => checkInside(root, parentOf(checkPath(path)));
  return {
    kind: inner.kind,
    can: inner.can,
    root,
    async info(path, options) {
      if (options?.follow === true) inside(path);
      else place(path);
      return await inner.info(path, options);
    },
    async *list(path, options) {
      inside(path);
      yield* inner.list(path, options);
    },
    async names(path) {
      inside(path);
      return await inner.names(path);
    },
    async read(path, range) {
      inside(path);
      return inTurns(await inner.read(path, range), ended);
    },
    async write(path, options) {
      inside(path);
      return await inner.write(path, options);
    },
    async append(path) {
      inside(path);
      return await inner.append(path);
    },
    async makeFolder(path, options) {
      inside(path);
      await inner.makeFolder(path, options);
    },
    async link(path, target) {
      place(path);
      checkTarget(root, path, target);
      await inner.link(path, target);
    },
    async hardLink(path, existing) {
      place(path);
      inside(existing);
      await inner.hardLink(path, existing);
    },
    async remove(path) {
      place(path);
      await inner.remove(path);
    },
    async removeTree(path) {
      place(path);
      await inner.removeTree(path);
    },
    async syncFolder(path) {
      inside(path);
      await inner.syncFolder(path);
    },
  };
}

/** Error 105 unless a path, with all links in it followed, is below the root. */
function checkInside(root: string, path: string): void {
  const real = realPath(root);
  if (real === undefined) return;
  // What does not exist yet will lie where the folders above it are.
  for (let part = checkPath(path);; part = parentOf(part)) {
    const found = realPath(joinPath(root, part));
    if (found !== undefined && !isWithin(found, real)) escape(path, root, found);
    if (found !== undefined || part === "") return;
    if (isLink(joinPath(root, part))) escape(path, root, "nowhere");
  }
}

/** Error 105 for a link that would lead out of the root, or that is not relative. */
function checkTarget(root: string, path: string, target: string): void {
  const base = joinPath(root, parentOf(checkPath(path)));
  if (!target.startsWith("/") && isWithin(absolutePath(target, base), root)) return;
  escape(path, root, target);
}

function escape(path: string, root: string, to: string): never {
  fail("access", `'${path}' leads out of '${root}' to '${to}'`, {
    hint: "links out of a folder are not followed for another host: mount the place there, or set the option to it.",
  });
}

function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw storageError("fileInfo", "look at", path, error);
  }
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch (error) {
    if (isMissing(error)) return false;
    throw storageError("fileInfo", "look at", path, error);
  }
}
