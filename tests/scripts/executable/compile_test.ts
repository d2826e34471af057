import { assert, assertEquals, assertMatch } from "@std/assert";
import { compile, type Project } from "../../../scripts/executable/compile.ts";
import { ROOT } from "../source.ts";

/** Any ELF file: `deno compile` does not look at what it is given as the runtime stub. */
const SOME_ELF = "/bin/sh";

Deno.test("the official deno compile accepts the program, with just the permissions of deno.json", async () => {
  const folder = await Deno.makeTempDir({ prefix: "compile-" });
  try {
    const project: Project = { deno: Deno.execPath(), config: `${ROOT}deno.json`, main: `${ROOT}src/main.ts` };
    await compile(project, `${folder}/program`, { DENORT_BIN: SOME_ELF });
    const text = new TextDecoder("latin1").decode(await Deno.readFile(`${folder}/program`));
    assert(text.length > (await Deno.stat(SOME_ELF)).size, "nothing was added to the stub");
    const [, permissions] = /"permissions":(\{[^{}]*\})/.exec(text) ?? [];
    // allow_import is there in any case; a compiled program has no means to import from the network.
    const granted = Object.entries(JSON.parse(permissions ?? "{}")).filter(([name, value]) =>
      name.startsWith("allow_") && name !== "allow_import" && value !== null
    );
    assertEquals(
      Object.fromEntries(granted),
      { allow_env: [], allow_net: [], allow_read: [], allow_run: [], allow_sys: [], allow_write: [] },
    );
    assertMatch(text, /"prompt":false|"no_prompt":true/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
