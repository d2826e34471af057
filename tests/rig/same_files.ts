import { assert, assertEquals } from "@std/assert";
import { filesBelow } from "./repository.ts";
import type { Site } from "./site.ts";

/** The files of one data folder of a site are those of another, byte by byte, but those `except` fits. */
export function assertSameFiles(
  site: Site,
  wanted: string,
  found: string,
  except: RegExp = /auto\.conf|pg_tblspc/,
): void {
  const files = filesBelow(site.path(wanted)).filter((path) => !except.test(path));
  assert(files.length > 40, `${files.length} files`);
  for (const path of files) {
    const [a, b] = [wanted, found].map((below) => Deno.readFileSync(site.path(`${below}/${path}`))) as [
      Uint8Array,
      Uint8Array,
    ];
    assertEquals(a.length === b.length && a.every((byte, i) => byte === b[i]), true, `${path} in ${found}`);
  }
}
