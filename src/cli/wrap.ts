/** Width of help pages. */
export const PAGE_WIDTH = 80;

/**
 * Breaks a text into lines of at most `width` characters, at spaces; words that are longer stay whole. Line feeds stay,
 * and what follows a bullet is indented below it.
 */
export function wrapText(text: string, width: number = PAGE_WIDTH): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, width, line.startsWith("* ") ? "  " : ""));
}

/** Rows of a name and its explanation, which begins in the same column for all of them. */
export function wrapRows(rows: readonly (readonly [string, string])[], column: number): string[] {
  return rows.flatMap(([name, text]) => {
    const [first = "", ...rest] = wrapText(text, PAGE_WIDTH - column);
    return [`${name.padEnd(column)}${first}`.trimEnd(), ...rest.map((line) => " ".repeat(column) + line)];
  });
}

function wrapLine(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line = line === "" && lines.length === 0 ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
