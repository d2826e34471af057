/** What a stored manifest says, read without the program under test. */
import { backupPath } from "./repository.ts";
import type { Site } from "./site.ts";

/** The lines of a section by their names; only for names without `=`. */
function sectionLines(text: string, section: string): Map<string, Record<string, unknown>> {
  const start = text.indexOf(`\n[${section}]\n`) + section.length + 4;
  const body = text.slice(start, text.indexOf("\n\n", start)).split("\n");
  return new Map(body.map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), JSON.parse(line.slice(at + 1))];
  }));
}

/** The files of a backup as its manifest lists them; the repository must not be encrypted. */
export function fileLines(site: Site, label: string): Map<string, Record<string, unknown>> {
  return sectionLines(Deno.readTextFileSync(`${backupPath(site, label)}/backup.manifest`), "target:file");
}
