import { assertEquals, assertThrows } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { absolutePath, checkPath, compareNames, isWithin, joinPath, parentOf } from "../../src/storage/path.ts";

for (const path of ["/etc/passwd", "a/../b", "..", "a//b", "a/./b", "a/", "a\0b"]) {
  Deno.test(`checkPath() refuses ${JSON.stringify(path)}`, () => {
    assertEquals(assertThrows(() => checkPath(path), BackRestError).kind, "paramInvalid");
  });
}

for (const [path, plain] of [["", ""], [".", ""], ["a/b", "a/b"], ["..a/b..", "..a/b.."]] as const) {
  Deno.test(`checkPath() takes ${JSON.stringify(path)}`, () => assertEquals(checkPath(path), plain));
}

Deno.test("paths are joined, split and resolved as text", () => {
  assertEquals(joinPath("a", "", "b/c"), "a/b/c");
  assertEquals(joinPath("/", "b"), "/b");
  assertEquals([parentOf("/a/b"), parentOf("/a"), parentOf("a"), parentOf("a/b")], ["/a", "/", "", "a"]);
  assertEquals(absolutePath("../x/./y", "/a/b"), "/a/x/y");
  assertEquals(absolutePath("/../..//x/", "/a"), "/x");
  assertEquals([isWithin("/a/b", "/a"), isWithin("/ab", "/a"), isWithin("/a", "/a"), isWithin("/a", "/")], [
    true,
    false,
    true,
    true,
  ]);
});

Deno.test("names are ordered by their bytes, not by UTF-16 units", () => {
  const names = ["b", "a", "\u{1f600}", "\uffee", "a-b", "a/b", "", "ä"];
  const byBytes = names.toSorted((x, y) => {
    const [a, b] = [x, y].map((name) => [...new TextEncoder().encode(name)].map((byte) => byte + 256).join());
    return a! < b! ? -1 : 1;
  });
  assertEquals(names.toSorted(compareNames), byBytes);
  assertEquals(names.toSorted(compareNames).slice(-2), ["\uffee", "\u{1f600}"]);
});
