/** Info files and manifests as text, read in the test's own way: nothing of the program under test is involved. */

/** Values, as they stand in the file, by section and key. */
export type InfoText = Record<string, Record<string, string>>;

/** Splits a file into sections and lines. The `=` between key and value is the first that leaves valid JSON behind it. */
export function parseInfoText(text: string): InfoText {
  const sections: InfoText = {};
  let section: Record<string, string> = {};
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith("[") && line.endsWith("]")) section = sections[line.slice(1, -1)] ??= {};
    else {
      const at = separator(line);
      section[line.slice(0, at)] = line.slice(at + 1);
    }
  }
  return sections;
}

function separator(line: string): number {
  for (let at = line.indexOf("="); at > 0; at = line.indexOf("=", at + 1)) {
    try {
      JSON.parse(line.slice(at + 1));
      return at;
    } catch {
      // The name goes on behind this one.
    }
  }
  throw new Error(`no key and value: ${line}`);
}

/** All keys and values under `section: key`, so that two files can be compared. */
export function flat(info: InfoText, sections?: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(info).filter(([section]) => sections?.includes(section) ?? true).flatMap(([section, entries]) =>
      Object.entries(entries).map(([key, value]) => [`${section}: ${key}`, value])
    ),
  );
}
