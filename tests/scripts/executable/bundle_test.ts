import { assert, assertEquals, assertThrows } from "@std/assert";
import { bundle, prepareChunk } from "../../../scripts/executable/bundle.ts";
import { ROOT } from "../source.ts";

const PRELUDE = `import { createRequire as __deno_internal_createRequire } from "node:module";
var __require = __deno_internal_createRequire(import.meta.url);
`;

/** Runs a prepared prelude and asks its require() for a module. */
function requireFrom(text: string, name: string): unknown {
  return new Function("name", `${text}\nreturn __require(name);`)(name);
}

Deno.test("the prelude for CommonJS packages loads Node's modules only when one is asked for", () => {
  const text = prepareChunk(PRELUDE);
  assert(!/^import/m.test(text), text);
  assertEquals(typeof (requireFrom(text, "path") as { join: unknown }).join, "function");
});

Deno.test("a module that is not there is missing as require() says it", () => {
  const text = prepareChunk(PRELUDE);
  const error = assertThrows(() => requireFrom(text, "pg-native"), Error, "Cannot find module 'pg-native'");
  assertEquals((error as Error & { code: string }).code, "MODULE_NOT_FOUND");
});

Deno.test("a prelude of another form is refused instead of making every start slow", () => {
  assertThrows(() => prepareChunk(PRELUDE.replace("var", "let")), Error, "The bundler's prelude has changed");
});

Deno.test("paths of the builder's packages do not get into the program", () => {
  const key = '  "../../home/joe/.cache/deno/npm/registry.example/pg/8.16.3/lib/index.js"(exports) {';
  assertEquals(prepareChunk(key), '  "npm/pg/8.16.3/lib/index.js"(exports) {');
});

Deno.test("a program is bundled into one chunk per dynamic import and one for what they share", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/main.ts`, 'await import("./a.ts");\nawait import("./b.ts");\n');
    await Deno.writeTextFile(`${folder}/shared.ts`, 'export const x = "once";\n');
    for (const name of ["a", "b"]) {
      await Deno.writeTextFile(`${folder}/${name}.ts`, 'import { x } from "./shared.ts";\nconsole.log(x);\n');
    }
    const chunks = await bundle(`${folder}/main.ts`, { deno: Deno.execPath(), config: `${ROOT}deno.json` });
    assertEquals([...chunks.keys()].map((name) => name.split("-")[0]), ["a", "b", "chunk", "main.js"]);
    assertEquals([...chunks.values()].filter((text) => text.includes("once")).length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a program that cannot be bundled is an error with the bundler's words", async () => {
  const missing = `${ROOT}src/no_such_module.ts`;
  const error = await bundle(missing, { deno: Deno.execPath(), config: `${ROOT}deno.json` }).catch((thrown) => thrown);
  assert(error instanceof Error && error.message.includes("no_such_module"), String(error));
});
