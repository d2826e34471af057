import { assert, assertEquals, assertThrows } from "@std/assert";
import { linkChunks, type Module } from "../../../scripts/executable/link.ts";

type Exports = Readonly<Record<string, unknown>>;

/** Runs linked chunks as the boot module does, all of them in their order; the exports by name. */
async function run(chunks: Record<string, string>, meta: unknown = {}): Promise<Record<string, Exports>> {
  const modules: readonly Module[] = linkChunks(new Map(Object.entries(chunks)));
  const done: Exports[] = [];
  for (const { text, imports } of modules) {
    done.push(await (0, eval)(text)(meta, ...imports.map((index) => done[index])));
  }
  return Object.fromEntries(modules.map(({ name }, index) => [name, done[index] ?? {}]));
}

Deno.test("a chunk gets what it imports from the chunks before it", async () => {
  const { main } = await run({
    "main.js": 'import {\n  a,\n  b as c\n} from "./chunk-A.js";\nexport {\n  a as first,\n  c\n};\n',
    "chunk-A.js": 'import { b } from "./chunk-B.js";\nconst a = b + 1;\nexport {\n  a,\n  b\n};\n',
    "chunk-B.js": "var b = 1;\nexport { b };\n",
  });
  assertEquals(main, { first: 2, c: 1 });
});

Deno.test("all forms of imports and exports a bundler writes are understood", async () => {
  const cases: readonly (readonly [name: string, text: string, exports: Exports])[] = [
    ["default import", 'import x from "./lib.js";\nexport { x };\n', { x: "lib" }],
    ["default and named", 'import x, { y } from "./lib.js";\nexport { x, y };\n', { x: "lib", y: 1 }],
    ["namespace", 'import * as all from "./lib.js";\nvar x = all.y;\nexport { x };\n', { x: 1 }],
    ["for its effect only", 'import "./lib.js";\nvar x = globalThis.linked;\nexport { x };\n', { x: true }],
    ["module of Node", 'import { sep as x } from "node:path";\nexport { x };\n', { x: "/" }],
    ["default of Node", 'import path from "node:path";\nvar x = path.sep;\nexport { x };\n', { x: "/" }],
    ["default export", "export default [1].length;\n", { default: 1 }],
    ["export as default", "var x = 2;\nexport { x as default };\n", { default: 2 }],
    ["licence at the end", "var x = 2;\nexport { x };\n/*! Bundled licence: export { y }; */\n", { x: 2 }],
    ["names with $", 'import { y as $y } from "./lib.js";\nexport { $y as $ };\n', { $: 1 }],
  ];
  for (const [name, text, exports] of cases) {
    const lib = 'globalThis.linked = true;\nvar y = 1, z = "lib";\nexport { y, z as default };\n';
    assertEquals((await run({ "lib.js": lib, "main.js": text }))["main"], exports, name);
  }
});

Deno.test("a dynamic import becomes a call of the boot module's loader", () => {
  const modules = linkChunks(
    new Map([["a-X.js", "export {};\n"], ["main.js", 'const run = () => import("./a-X.js");\n']]),
  );
  const text = modules.find(({ name }) => name === "main")?.text ?? "";
  assert(text.includes('globalThis[Symbol.for("pg_backrest.embedded")].load("a-X");'), text);
});

Deno.test("the loader is asked for modules of the platform too, which it remembers", () => {
  const [main] = linkChunks(new Map([["main.js", 'const load = async () => await import("node:zlib");\n']]));
  assert(main?.text.includes('globalThis[Symbol.for("pg_backrest.embedded")].load("node:zlib");'), main?.text);
});

Deno.test("chunks may reach each other in a circle of dynamic imports", () => {
  const a = 'import("./b.js");\nvar x;\nexport { x };\n';
  const modules = linkChunks(new Map([["a.js", a], ["b.js", 'import { x } from "./a.js";\n']]));
  assertEquals(modules.map(({ name, imports }) => [name, imports]), [["a", []], ["b", [0]]]);
});

Deno.test("texts that look like imports stay as they are", async () => {
  const text = 'const x = `\nimport y from "z";\nimport("./y.js")`;\nexport { x };\n';
  assertEquals((await run({ "main.js": text.replace("import y", " import y") }))["main"], {
    x: '\n import y from "z";\nimport("./y.js")',
  });
});

Deno.test("chunks are strict, know import.meta and keep their line numbers", async () => {
  const text =
    "var strict = this === void 0;\nvar url = import.meta.url;\nvar at = new Error().stack;\nexport { strict, url, at };\n";
  const { main } = await run({ "main.js": text }, { url: "here" });
  assertEquals([main?.["strict"], main?.["url"]], [true, "here"]);
  assert(/pg_backrest\/main\.js.*:3:\d/.test(String(main?.["at"])), String(main?.["at"]));
});

Deno.test("a circle of static imports is refused", () => {
  const chunks = new Map([["a.js", 'import { b } from "./b.js";\n'], ["b.js", 'import { a } from "./a.js";\n']]);
  assertThrows(() => linkChunks(chunks), Error, "Circle of imports: a.js -> b.js -> a.js");
});

Deno.test("what cannot be linked is refused when it is built, not when it runs", () => {
  const cases: readonly (readonly [text: string, message: string])[] = [
    ['new Worker("./a.js");\n', '"main.js" cannot be linked: it names "a.js" in an unknown way'],
    ['export * from "node:path";\n', '"main.js" cannot be linked: '],
    ["export var x = 1;\nx = 2;\n", '"main.js" cannot be linked: '],
    ['import "./b.js";\n', 'No chunk "b.js"'],
  ];
  for (const [text, message] of cases) {
    assertThrows(() => linkChunks(new Map([["a.js", ""], ["main.js", text]])), Error, message, text);
  }
});
