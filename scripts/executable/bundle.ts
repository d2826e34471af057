/** Runs the bundler and prepares its chunks for a start without Node's module loader. */

/** The bundler's prelude for CommonJS packages: `node:module` costs every start 85 ms. */
const EAGER_REQUIRE =
  /import \{ createRequire as (\w+) \} from "node:module";\nvar __require = \1\(import\.meta\.url\);\n/;

/** The same, paid by the first package that needs a module of Node; other modules are missing, as require() says it. */
const LAZY_REQUIRE = `var __require = (name) => {
  const module = globalThis.process.getBuiltinModule(name);
  if (module) return module;
  throw Object.assign(new Error(\`Cannot find module '\${name}'\`), { code: "MODULE_NOT_FOUND" });
};
`;

/** Bundles a program into chunks, one per dynamic import and more for what they share: file name -> text. */
export async function bundle(main: string, options: { deno: string; config: string }): Promise<Map<string, string>> {
  const folder = await Deno.makeTempDir({ prefix: "pg_backrest-bundle-" });
  try {
    const switches = ["--quiet", "--platform", "deno", "--code-splitting", "--config", options.config];
    const { success, stderr } = await new Deno.Command(options.deno, {
      args: ["bundle", ...switches, "--outdir", folder, main],
      cwd: options.config.replace(/[^/]*$/, ""), // the bundle names each source by its path from here
      stdin: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`Bundling "${main}" failed:\n${new TextDecoder().decode(stderr)}`);
    return await readChunks(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function readChunks(folder: string): Promise<Map<string, string>> {
  const files = (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name).sort();
  const chunks = new Map<string, string>();
  for (const file of files) chunks.set(file, prepareChunk(await Deno.readTextFile(`${folder}/${file}`)));
  return chunks;
}

/** Makes the prelude lazy and forgets where the builder keeps its packages. */
export function prepareChunk(text: string): string {
  const prepared = text
    .replace(EAGER_REQUIRE, () => LAZY_REQUIRE)
    .replaceAll(/(?:\.\.\/)*[^"\s]*\/npm\/[^/"\s]+\/(?=[^"\s]+\/\d+\.\d+\.\d+[^"\s]*)/g, "npm/");
  if (/\bcreateRequire\b/.test(prepared)) {
    throw new Error("The bundler's prelude has changed: createRequire is left over");
  }
  return prepared;
}
