import { removeFile } from "../../../storage/posix_file.ts";
import { readIfThere, writeWhole } from "./folder.ts";

/** WAL files that were dropped and whose mark is still to be carried to some repository; a name a line. */
export function formatDropped(names: Iterable<string>): string {
  return [...new Set(names)].sort().map((name) => `${name}\n`).join("");
}

/** The names a list holds. A line that was not written to its end is none: its file was not dropped either. */
export function parseDropped(text: string): string[] {
  return text.split("\n").slice(0, -1).filter((line) => line !== "" && !line.includes("/"));
}

/** The list that lies in the spool. */
export function readDropped(path: string): string[] {
  return parseDropped(readIfThere(path) ?? "");
}

/** Writes the list, durable when this returns; an empty one is no file. Errors: 41, 52, 64 as any file of the spool. */
export async function saveDropped(path: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) removeFile(path);
  else await writeWhole(path, formatDropped(names));
}
