import type { Manifest } from "../../repository/manifest/manifest.ts";
import { compareNames } from "../../storage/path.ts";
import { namesIn, readEntry } from "../../storage/posix.ts";
import type { Entry } from "../../storage/storage.ts";
import { cannotBeCarried, foreignNameError } from "../cluster/foreign_name.ts";
import type { RestoreLayout, RestoreRoot } from "./layout.ts";

/** Something that is in the way of a restore. */
export interface Removal {
  path: string;
  kind: Entry["kind"];
}

/** What a folder may hold. */
export interface CleanRules {
  manifest: Manifest;
  layout: RestoreLayout;
  /** Manifest names that stay although the backup does not have them. */
  keep: ReadonlySet<string>;
}

/** How long the walk works before others get a turn, in milliseconds. */
const TURN = 50;

/**
 * Lists what in one of the restored folders does not belong to the backup, or is of another kind there: files, links that
 * lead elsewhere, folders as a whole. Links are not followed. Error 41 for a name that no backup can hold.
 */
export async function* findSurplus(root: RestoreRoot, rules: CleanRules): AsyncGenerator<Removal> {
  const expected = expectations(rules);
  let turnEnd = Date.now() + TURN;
  const walk = async function* (name: string, path: string): AsyncGenerator<Removal> {
    const names = await namesIn(path);
    for (const [i, base] of names.entries()) {
      if (Date.now() > turnEnd) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        turnEnd = Date.now() + TURN;
      }
      const entry = readEntry(`${path}/${base}`, base);
      if (cannotBeCarried({ name: base, next: names[i + 1], reachable: entry !== undefined })) {
        throw await foreignNameError(path, base);
      }
      if (entry === undefined) continue;
      const child = `${name}/${base}`;
      if (!expected(child, entry)) yield { path: `${path}/${base}`, kind: entry.kind };
      else if (entry.kind === "folder") yield* walk(child, `${path}/${base}`);
    }
  };
  yield* walk(root.name, root.path);
}

function expectations({ manifest, layout, keep }: CleanRules): (name: string, entry: Entry) => boolean {
  const links = new Map(layout.links.map((link) => [link.name, link.destination]));
  const folders = new Set(manifest.paths.map(({ name }) => name));
  return (name, entry) => {
    if (keep.has(name)) return true;
    const destination = links.get(name);
    if (destination !== undefined) return entry.kind === "link" && entry.target === destination;
    if (entry.kind === "folder") return folders.has(name);
    return entry.kind === "file" && manifest.files.find(name) !== undefined;
  };
}

/** Folders of a backup in the order they can be created in: parents first. */
export function folderOrder(manifest: Manifest): Manifest["paths"] {
  return manifest.paths.toSorted((a, b) => compareNames(a.name, b.name));
}
