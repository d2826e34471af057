import { fail } from "../error.ts";
import { isWithin } from "../storage/path.ts";

/** A link in a data folder and where it leads: absolute and plain. */
export interface LinkTarget {
  /** Manifest name, `pg_data/pg_wal`. */
  name: string;
  path: string;
  /** True when it leads to a file. */
  isFile: boolean;
}

/**
 * Error 70 unless every link leads out of the data folder and no two lead to the same place or into each other: a backup
 * would hold such files twice, and a restore would write one over the other.
 */
export function checkLinks(links: readonly LinkTarget[], dataFolder: string): void {
  for (const link of links) {
    if (isWithin(link.path, dataFolder)) {
      fail("linkDestination", `link '${link.name}' destination '${link.path}' is in the data folder '${dataFolder}'`);
    }
  }
  const sorted = links.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  for (const [i, link] of sorted.entries()) {
    for (const other of sorted.slice(i + 1)) {
      if (!other.path.startsWith(link.path)) break;
      if (overlaps(link, other)) refuse(link, other);
    }
  }
}

function overlaps(link: LinkTarget, later: LinkTarget): boolean {
  return link.isFile ? later.path === link.path : isWithin(later.path, link.path);
}

function refuse(link: LinkTarget, other: LinkTarget): never {
  fail(
    "linkDestination",
    `link '${other.name}' (${other.path}) references the same ${
      other.isFile ? "file" : "folder"
    } as, or one below, link ` +
      `'${link.name}' (${link.path})`,
  );
}
