import { fail } from "../error.ts";

/** Sections of a configuration file: section name -> key -> values in the order of the file. */
export type Sections = Map<string, Map<string, string[]>>;

/**
 * Reads a configuration file into `sections`, after what is there already; sections of one name and keys repeated in
 * them come together. A line is a section, a key with its value, a comment that begins with #, or blank. Error 29 for
 * any other line; `path` is named in its hint.
 */
export function readIni(text: string, path: string, sections: Sections): void {
  let section: Map<string, string[]> | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const where = `at line ${index + 1}: ${line}`;
    if (line.startsWith("[")) section = openSection(line, { where, path, sections });
    else if (section === undefined) invalid(`key/value found outside of section ${where}`, path);
    else addKey(section, line, { where, path });
  }
}

function openSection(
  line: string,
  { where, path, sections }: { where: string; path: string; sections: Sections },
): Map<string, string[]> {
  if (!line.endsWith("]")) invalid(`ini section should end with ] ${where}`, path);
  const name = line.slice(1, -1);
  if (name === "") invalid(`invalid empty section ${where}`, path);
  let section = sections.get(name);
  if (section === undefined) sections.set(name, section = new Map());
  return section;
}

function addKey(section: Map<string, string[]>, line: string, { where, path }: { where: string; path: string }): void {
  const equals = line.indexOf("=");
  if (equals === -1) invalid(`missing '=' in key/value ${where}`, path);
  const key = line.slice(0, equals).trim();
  if (key === "") invalid(`key is zero-length ${where}`, path);
  const values = section.get(key);
  const value = line.slice(equals + 1).trim();
  if (values === undefined) section.set(key, [value]);
  else values.push(value);
}

function invalid(message: string, path: string): never {
  fail("format", message, { hint: `correct this line of '${path}'.` });
}
