import { fail } from "../../error.ts";
import { printable } from "../raw_text.ts";
import { EMPTY_SHA1 } from "./file_data.ts";
import type { FileView } from "./file_table.ts";
import type { Manifest } from "./manifest.ts";

const SHOWN_MAX = 20;

/**
 * Error 29 unless every file of a manifest has a checksum. `strict`, before a backup is committed, also demands that empty
 * files have the checksum of nothing and that others have stored bytes. The message names up to 20 files.
 */
export function validateManifest(manifest: Manifest, { strict }: { strict: boolean }): void {
  const problems: string[] = [];
  for (const row of manifest.files.rows()) {
    const file = manifest.files.at(row);
    const problem = fileProblem(file, strict);
    if (problem !== undefined) problems.push(`${problem} for file '${printable(file.name)}'`);
  }
  if (problems.length === 0) return;
  const more = problems.length - SHOWN_MAX;
  const shown = [...problems.slice(0, SHOWN_MAX), ...(more > 0 ? [`and ${more} more`] : [])];
  fail("format", `manifest validation failed:\n${shown.join("\n")}`);
}

function fileProblem(file: FileView, strict: boolean): string | undefined {
  if (file.checksum === undefined) return "missing checksum";
  if (!strict) return undefined;
  if (file.size === 0) {
    return file.checksum === EMPTY_SHA1 ? undefined : `invalid checksum '${file.checksum}' of zero size`;
  }
  return file.repoSize > 0 ? undefined : "repo size is 0";
}
