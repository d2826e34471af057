import { assertEquals, assertStringIncludes } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { isMissing, osCode, storageError } from "../../src/storage/os_error.ts";

/** An error as the runtime makes it. */
function osError(code: string, text: string): Error {
  return Object.assign(new Error(`${text} (os error 1): read '/x'`), { code });
}

for (
  const [code, text, retry, hint] of [
    ["EIO", "Input/output error", true, undefined],
    ["ESTALE", "Stale file handle", true, undefined],
    ["ENOSPC", "No space left on device", false, "the file system is full. Look with: df -h '/x'"],
    ["EACCES", "Permission denied", false, "does the user who runs this command own it? Look with: ls -ld '/x'"],
    ["EROFS", "Read-only file system", false, "the file system is mounted read only"],
  ] as const
) {
  Deno.test(`${code} says what was attempted, what to do, and whether to try again`, () => {
    const error = storageError("fileRead", "read file", "/x", osError(code, text));
    const reason = `${text[0]!.toLowerCase()}${text.slice(1)} [${code}]`;
    assertEquals([error.message, error.retry, error.hint, error.file], [
      `unable to read file '/x': ${reason}`,
      retry,
      hint,
      "/x",
    ]);
  });
}

Deno.test("missing is missing, whether the file or a folder above it", () => {
  assertEquals(["ENOENT", "ENOTDIR", "EACCES"].map((code) => isMissing(osError(code, "x"))), [true, true, false]);
  assertEquals(osCode(new Deno.errors.NotFound("x")), "ENOENT");
});

Deno.test("an error of ours stays what it is", () => {
  const own = new BackRestError("checksum", "damaged");
  assertEquals(storageError("fileRead", "read file", "/x", own), own);
  assertStringIncludes(storageError("fileRead", "read file", "/x", "odd").message, "odd");
});
