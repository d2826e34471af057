/** Reads the project's own sources for the tests that judge them. */

/** Root of the repository, with a slash at its end. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;

/** A module of src/. */
export interface Source {
  /** Relative to src/. */
  readonly path: string;
  readonly text: string;
  /** The same without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** One import of a module. */
export interface Import {
  readonly specifier: string;
  /** Path relative to src/ where it is one of our own modules. */
  readonly target: string | undefined;
  /** Loaded when the line runs, not when the module starts. */
  readonly dynamic: boolean;
  readonly typeOnly: boolean;
}

/** Every module of src/, in the order of paths. */
export function readSources(): Source[] {
  return listFiles(`${ROOT}src`).filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts")).sort().map(
    (path) => {
      const text = Deno.readTextFileSync(`${ROOT}src/${path}`);
      const code = withoutComments(text);
      return { path, text, code, imports: findImports(path, code) };
    },
  );
}

/** Paths of all files below a folder, relative to it. */
export function listFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? listFiles(`${folder}/${name}`).map((below) => `${name}/${below}`) : [name]
  );
}

/** Replaces comments by nothing; a `//` inside a string of one line (an address, say) is left alone. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/(^|[^:"'`\\/])\/\/[^\n"'`]*$/gm, "$1");
}

function findImports(path: string, code: string): Import[] {
  const pattern = /^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/gm;
  return [...code.matchAll(pattern)].map(([, type, named, dynamic]) => {
    const specifier = named ?? dynamic ?? "";
    return {
      specifier,
      target: resolve(path, specifier),
      dynamic: dynamic !== undefined,
      typeOnly: type !== undefined,
    };
  });
}

function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return new URL(specifier, `file:///src/${from}`).pathname.replace("/src/", "");
}

/** A stretch of lines, the first counted from 1. */
export interface Stretch {
  readonly name: string;
  readonly first: number;
  readonly length: number;
}

/**
 * Functions of a module as `deno fmt` lays them out: a line that opens a body and the next line of the same
 * indentation that closes it. A signature over several lines counts with its body.
 */
export function functionsOf(text: string): Stretch[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    if (!opensFunction(line)) return [];
    const indent = indentOf(line);
    const first = /^\s*[)}]/.test(line) ? signatureStart(lines, index, indent) : index;
    const length = blockEnd(lines, index, indent) - first + 1;
    return [{ name: lines[first]!.trim(), first: first + 1, length }];
  });
}

function opensFunction(line: string): boolean {
  if (/^\s*(?:if|for|while|switch|catch|with|else|do|try|\} (?:else|catch|finally|while))\b/.test(line)) return false;
  return /=> \{$/.test(line) || /\bfunction\b.*\) *(?:: .*)?\{$/.test(line) || /^\s*\)(?:: .+)? \{$/.test(line) ||
    /^\s+(?:async |static |get |set |\*)*[#\w[\].]+(?:<.*>)?\(.*\)(?:: .+)? \{$/.test(line);
}

function signatureStart(lines: readonly string[], from: number, indent: number): number {
  for (let index = from - 1; index >= 0; index--) {
    if (lines[index]!.trim() !== "" && indentOf(lines[index]!) === indent) return index;
  }
  return from;
}

function blockEnd(lines: readonly string[], from: number, indent: number): number {
  for (let index = from + 1; index < lines.length; index++) {
    if (/^\s*[})\]]/.test(lines[index]!) && indentOf(lines[index]!) === indent) return index;
  }
  return lines.length - 1;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Tables: constants in CONSTANT_CASE on the top level whose value is a literal over several lines. Data, not code. */
export function tablesOf(text: string): Stretch[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const [, name] = /^(?:export )?const ([A-Z][A-Z0-9_]*)\b.*[[{(`]$/.exec(line) ?? [];
    if (name === undefined) return [];
    const end = lines.findIndex((later, at) => at > index && /^[^\s/]/.test(later));
    return [{ name, first: index + 1, length: (end < 0 ? lines.length : end + 1) - index }];
  });
}
