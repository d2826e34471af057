import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { readChoices } from "../../../scripts/executable/build.ts";
import { findStub } from "../../../scripts/executable/compile.ts";
import { ROOT } from "../source.ts";

Deno.test("without arguments the way is chosen by what is at hand, and the file stands in dist", () => {
  const standard = { way: undefined, output: `${ROOT}dist/pg_backrest`, runtime: Deno.execPath() };
  assertEquals(readChoices([]), standard);
  assertEquals(readChoices(["--way=embed", "--output=x/y", "--runtime=z"]), {
    way: "embed",
    output: "x/y",
    runtime: "z",
  });
});

Deno.test("arguments that mean nothing are refused and the choices told", () => {
  for (const arg of ["embed", "--way", "--way=", "--wya=embed", "--way=zip"]) {
    const { message } = assertThrows(() => readChoices([arg]), Error, `"${arg.replace("--way=z", "z")}"`, arg);
    assertMatch(message, /Usage: scripts\/build \[--way=compile\|embed\]/);
  }
});

Deno.test("a runtime stub that is named is taken only where it is a file", async () => {
  assertEquals(await findStub(Deno.execPath(), "/bin/sh"), "/bin/sh");
  const other = await findStub(Deno.execPath(), "/nonexistent");
  assertEquals(other?.endsWith(`/denort-${Deno.build.target}.zip`) ?? true, true, other);
});
