/** A word as a POSIX shell reads it back. */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A word as {@linkcode shellQuote} writes it. */
const WORD = /(?:[A-Za-z0-9_@%+=:,./-]+|(?:'[^']*'(?:\\'(?='))?)+)(?: |$)/y;

/**
 * The words of a command line that {@linkcode shellQuote} has written; undefined for any other text. Nothing in it is
 * expanded, replaced or run.
 */
export function readQuotedWords(text: string): string[] | undefined {
  const words: string[] = [];
  WORD.lastIndex = 0;
  while (WORD.lastIndex < text.length) {
    const found = WORD.exec(text)?.[0];
    if (found === undefined) return undefined;
    words.push(found.replace(/ $/, "").replaceAll("'\\''", "\0").replaceAll("'", "").replaceAll("\0", "'"));
  }
  return words;
}
