import { assert, assertEquals } from "@std/assert";
import settings from "../../deno.json" with { type: "json" };
import { listFiles, ROOT } from "./source.ts";

const DECLARATIONS = Deno.readTextFileSync(`${ROOT}src/packages.d.ts`);

/** Names of values (not of types) that packages.d.ts states for a package. */
function declaredValues(name: string): string[] {
  const start = DECLARATIONS.indexOf(`declare module "${name}" {`);
  assert(start >= 0, `packages.d.ts says nothing of "${name}"`);
  const text = DECLARATIONS.slice(start, DECLARATIONS.indexOf("\n}", start));
  return [...text.matchAll(/^ {2}export (?:function|class|const) (\w+)/gm)].map(([, value]) => value ?? "");
}

Deno.test("every package of the import map is used", () => {
  const folders = ["src", "tests", "scripts"];
  const texts = folders.flatMap((folder) => listFiles(`${ROOT}${folder}`).map((path) => `${ROOT}${folder}/${path}`))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts")).map((path) => Deno.readTextFileSync(path));
  const unused = Object.keys(settings.imports).filter((name) =>
    !texts.some((text) => text.includes(`from "${name}"`) || text.includes(`import("${name}")`))
  );
  assertEquals(unused, []);
});

Deno.test("packages have what packages.d.ts says they have", async () => {
  for (const [name, specifier] of Object.entries(settings.imports)) {
    const values = declaredValues(name);
    assert(values.length > 0, `nothing is stated of "${name}"`);
    const module: Record<string, unknown> = await import(specifier);
    assertEquals(values.filter((value) => !(value in module)), [], name);
  }
});

Deno.test("versions are pinned, and the lock file knows them and is not changed by the way", () => {
  const lock = Deno.readTextFileSync(`${ROOT}deno.lock`);
  for (const specifier of Object.values(settings.imports)) {
    const [, exact] = /^(npm:(?:@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+)(?:\/|$)/.exec(specifier) ?? [];
    assert(exact !== undefined, `"${specifier}" names no exact version`);
    assert(lock.includes(`"${exact}"`), `"${exact}" is not in deno.lock`);
  }
  assertEquals(settings.lock.frozen, true);
});
