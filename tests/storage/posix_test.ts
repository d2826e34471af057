import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { posixStorage } from "../../src/storage/posix.ts";
import { readInto } from "../../src/storage/posix_source.ts";
import { CHUNK_SIZE } from "../../src/storage/storage.ts";
import { testStorage } from "./storage_suite.ts";

async function makeFolder(): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "pgbr-posix-" });
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

testStorage("posix", async () => {
  const { folder, [Symbol.asyncDispose]: dispose } = await makeFolder();
  return { storage: posixStorage(folder), [Symbol.asyncDispose]: dispose };
});

Deno.test("posix storage: a file that grows while it is read is read to its new end, in big pieces", async () => {
  await using temporary = await makeFolder();
  const path = `${temporary.folder}/f`;
  Deno.writeTextFileSync(path, "begin");
  using source = await posixStorage(temporary.folder).read("f");
  Deno.writeFileSync(path, new Uint8Array(3 * CHUNK_SIZE), { append: true });
  const sizes: number[] = [];
  for (let piece = await source.next(); piece !== undefined; piece = await source.next()) sizes.push(piece.length);
  assertEquals(sizes, ["begin".length + 1, CHUNK_SIZE, CHUNK_SIZE, CHUNK_SIZE - 1]);
});

Deno.test("a file is read into memory that was given, as far as it fits, and nothing of the one before is left", async () => {
  await using temporary = await makeFolder();
  const path = `${temporary.folder}/f`;
  const room = new Uint8Array(8);
  for (const [text, fits] of [["12345678", true], ["abc", true], ["", true], ["123456789", false]] as const) {
    Deno.writeTextFileSync(path, text);
    const bytes = readInto(room, path);
    assertEquals([new TextDecoder().decode(bytes), bytes.buffer === room.buffer], [text, fits]);
  }
  const error = assertThrows(() => readInto(room, `${temporary.folder}/gone`), BackRestError);
  assertEquals(error.kind, "fileMissing");
});

Deno.test("posix storage: a name that is not UTF-8 is an error and not taken for a vanished file", async () => {
  await using temporary = await makeFolder();
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `printf x > "$(printf '%s/bad\\377name' "$0")"`, temporary.folder],
  }).output();
  assertEquals(success, true);
  const error = await assertRejects(async () => {
    for await (const _ of posixStorage(temporary.folder).list("")) { /* the listing itself fails */ }
  }, BackRestError);
  assertEquals(error.kind, "fileOpen");
  assertStringIncludes(error.message, "not valid UTF-8");
});

Deno.test({
  name: "posix storage: a full file system is named, nothing half-written stays (root only: it mounts a small one)",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    await using temporary = await makeFolder();
    const mount = ["-t", "tmpfs", "-o", "size=64k", "tmpfs", temporary.folder];
    assertEquals((await new Deno.Command("mount", { args: mount }).output()).code, 0);
    try {
      const storage = posixStorage(temporary.folder);
      const error = await assertRejects(async () => {
        await using sink = await storage.write("big");
        for (let i = 0; i < 20; i++) await sink.write(new Uint8Array(8192));
        await sink.commit();
      }, BackRestError);
      assertEquals(error.kind, "fileWrite");
      assertStringIncludes(error.hint ?? "", "df -h");
      for await (const batch of storage.list("")) assertEquals(batch, []);
    } finally {
      await new Deno.Command("umount", { args: [temporary.folder] }).output();
    }
  },
});
