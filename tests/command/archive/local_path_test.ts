import { assertEquals, assertThrows } from "@std/assert";
import { resolveWalPath } from "../../../src/command/archive/local_path.ts";
import { BackRestError } from "../../../src/error.ts";

const HERE = Deno.cwd();

for (
  const [what, path, pgPath, want] of [
    ["an absolute path needs no data folder", "/pg/pg_wal/x", undefined, "/pg/pg_wal/x"],
    ["an absolute path is made plain", "/pg/./pg_wal//x", "/other", "/pg/pg_wal/x"],
    ["a relative path is below the data folder", "pg_wal/x", HERE, `${HERE}/pg_wal/x`],
    ["the data folder may be written in another way", "pg_wal/x", `${HERE}/.`, `${HERE}/pg_wal/x`],
  ] as const
) Deno.test(what, () => assertEquals(resolveWalPath(path, { pgPath, forGet: false }), want));

Deno.test("a relative path without a data folder is error 37, from elsewhere error 32", () => {
  const code = (pgPath: string | undefined) =>
    assertThrows(() => resolveWalPath("pg_wal/x", { pgPath, forGet: true }), BackRestError).code;
  assertEquals([code(undefined), code("/nowhere/at/all"), code("/")], [37, 32, 32]);
});
