import { assertEquals, assertNotEquals } from "@std/assert";
import { checkKey, problemOf, problemText, type StoredCheck } from "../../../src/command/verify/stored_check.ts";

const SUM = "587b596f04f7db9c2cad3d6b87dd2b3a05de4f35";
const OTHER = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

Deno.test("a wrong checksum says more than a wrong size", () => {
  const cases: [string, Parameters<typeof problemOf>, ReturnType<typeof problemOf>][] = [
    ["all right", [{ checksum: SUM, size: 3 }, { checksum: SUM, size: 3 }], undefined],
    ["checksum", [{ checksum: OTHER, size: 3 }, { checksum: SUM, size: 3 }], "checksum"],
    ["size", [{ checksum: SUM, size: 4 }, { checksum: SUM, size: 3 }], "size"],
    ["both", [{ checksum: OTHER, size: 4 }, { checksum: SUM, size: 3 }], "checksum"],
    ["no size known", [{ checksum: SUM, size: 4 }, { checksum: SUM }], undefined],
    ["no checksum known", [{ checksum: OTHER, size: 3 }, { size: 3 }], undefined],
    ["nothing known", [{ checksum: OTHER, size: 3 }, {}], undefined],
  ];
  for (const [name, [found, expected], problem] of cases) assertEquals(problemOf(found, expected), problem, name);
});

Deno.test("problems are told in the words of the peer", () => {
  const error = { code: 29, message: "unable to decompress" };
  assertEquals(problemText({ index: 0, problem: "missing" }, "a/b"), "file missing 'a/b'");
  assertEquals(problemText({ index: 0, problem: "checksum" }, "a/b"), "invalid checksum 'a/b'");
  assertEquals(problemText({ index: 0, problem: "size" }, "a/b"), "invalid size 'a/b'");
  assertEquals(
    problemText({ index: 0, problem: "other", error }, "a/b"),
    "invalid result a/b: [29] unable to decompress",
  );
});

Deno.test("checks of other bytes or with other demands have other keys", () => {
  const check: StoredCheck = {
    path: "backup/demo/x",
    range: { offset: 1, length: 2 },
    stored: { size: 2, checksum: SUM },
    content: { compressType: "gz", raw: false, checksum: SUM, size: 9 },
  };
  assertEquals(checkKey(check), checkKey(structuredClone(check)));
  const others: StoredCheck[] = [
    { ...check, path: "backup/demo/y" },
    { ...check, range: { offset: 12, length: 2 } },
    { ...check, range: { offset: 1, length: 3 } },
    { ...check, stored: { size: 2, checksum: OTHER } },
    { ...check, content: { compressType: "gz", raw: false, checksum: OTHER, size: 9 } },
    { ...check, content: { compressType: "gz", raw: false, checksum: SUM, size: 8 } },
    { path: check.path },
  ];
  for (const other of others) assertNotEquals(checkKey(check), checkKey(other));
  assertEquals(new Set(others.map(checkKey)).size, others.length);
});
