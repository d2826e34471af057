/**
 * Links the chunks of `deno bundle --code-splitting` for a program that has no files to import: each chunk becomes the
 * text of an async function that is called with the chunks it imports and returns what it exports. The boot module
 * (boot.ts) evaluates it. Measured: as modules (of Blob URLs) the same chunks take four times as long, because Deno then
 * parses all of them once more before V8 does (120 KB: 6 ms instead of 1.3).
 *
 * A function sees the values its imports have when it starts, where a module would see them change. So an exported
 * variable must be constant; tests/scripts/house_test.ts holds src/ to that.
 */

/** A linked chunk. */
export interface Module {
  /** Name of the chunk's file without `.js`. */
  readonly name: string;
  /** Expression that gives an async function of `import.meta` and the modules of `imports`. */
  readonly text: string;
  /** Indexes of modules that stand earlier in the list. */
  readonly imports: readonly number[];
}

/** What a dynamic import is replaced by; the boot module defines it. */
export const LOADER = `globalThis[Symbol.for("pg_backrest.embedded")].load`;

interface Chunk {
  readonly text: string;
  /** File names. */
  readonly imports: readonly string[];
}

/**
 * Links chunks given as file name -> text. The result holds each chunk once, dependencies before the chunks that
 * need them. Throws an Error on a circle of static imports and on a chunk it does not understand.
 */
export function linkChunks(chunks: ReadonlyMap<string, string>): Module[] {
  const linked = new Map([...chunks].map(([file, text]) => [file, linkChunk(file, text, chunks)]));
  const order: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) throw new Error(`Circle of imports: ${[...path, file].join(" -> ")}`);
    if (order.includes(file)) return;
    for (const dependency of chunkOf(linked, file).imports) visit(dependency, [...path, file]);
    order.push(file);
  };
  for (const file of chunks.keys()) visit(file, []);
  return order.map((file) => {
    const { text, imports } = chunkOf(linked, file);
    return { name: moduleName(file), text, imports: imports.map((dependency) => order.indexOf(dependency)) };
  });
}

function chunkOf(chunks: ReadonlyMap<string, Chunk>, file: string): Chunk {
  const found = chunks.get(file);
  if (!found) throw new Error(`No chunk "${file}"`);
  return found;
}

/** Replaces import and export statements where they stand, so that line numbers stay those of the bundle. */
function linkChunk(file: string, text: string, chunks: ReadonlyMap<string, string>): Chunk {
  const imports: string[] = [];
  const body = text
    .replaceAll(/\bimport\(("node:[\w/]+")\)/g, `${LOADER}($1)`)
    .replaceAll(
      /^import\s*(?:([\w$]+)\s*,?\s*)?(?:\*\s*as\s+([\w$]+)\s*)?(?:(\{[^}]*\})\s*)?(?:from\s*)?"([^"\n]+)";$/gm,
      (_, standard: string | undefined, all: string | undefined, named: string | undefined, from: string) => {
        const value = from.startsWith("./") ? `__module${imports.push(from.slice(2)) - 1}` : `await import("${from}")`;
        return bindings(value, { standard, all, named });
      },
    )
    .replace(
      /^export (\{[^}]*\});(?=\s*(?:\/\*[^]*)?$)/m,
      (_, names: string) => `return ${properties(names, "value")};`,
    )
    .replace(/^export default (.+);(?=\s*$)/m, "return { default: $1 };")
    .replaceAll(
      /\bimport\("\.\/([^"]+\.js)"\)/g,
      (call, name: string) => chunks.has(name) ? `${LOADER}(${JSON.stringify(moduleName(name))})` : call,
    )
    .replaceAll(/\bimport\.meta\b/g, "__meta");
  const parameters = ["__meta", ...imports.map((_, index) => `__module${index}`)].join(", ");
  const name = moduleName(file);
  const linked = `(async function (${parameters}) { "use strict"; ${body}\n})\n//# sourceURL=pg_backrest/${name}.js\n`;
  checkLinked(file, linked, chunks);
  return { text: linked, imports };
}

interface Clauses {
  readonly standard: string | undefined;
  readonly all: string | undefined;
  readonly named: string | undefined;
}

/** Constants for what an import statement names. */
function bindings(value: string, { standard, all, named }: Clauses): string {
  const statements = [
    standard && `const { default: ${standard} } = ${value};`,
    all && `const ${all} = ${value};`,
    named && `const ${properties(named, "name")} = ${value};`,
  ].filter(Boolean);
  return statements.length > 0 ? statements.join(" ") : `${value};`;
}

/** `{ a as b }` as a pattern (`{ a: b }`: the exported name comes first) or as an object (`{ b: a }`: the value). */
function properties(names: string, first: "name" | "value"): string {
  return names.replaceAll(/([\w$]+)\s+as\s+([\w$]+)/g, first === "name" ? "$1: $2" : "$2: $1");
}

/** A statement that was not recognised is a syntax error in a function; a chunk still named by its file is one missed. */
function checkLinked(file: string, text: string, chunks: ReadonlyMap<string, string>): void {
  try {
    new Function(`return ${text}`);
  } catch (error) {
    throw new Error(`"${file}" cannot be linked: ${error instanceof Error ? error.message : error}`);
  }
  const missed = [...chunks.keys()].find((other) => text.includes(`"./${other}"`));
  if (missed !== undefined) throw new Error(`"${file}" cannot be linked: it names "${missed}" in an unknown way`);
}

function moduleName(file: string): string {
  return file.replace(/\.js$/, "");
}
