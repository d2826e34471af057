import { assert, assertEquals, assertRejects } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { type Chunk, CHUNK_SIZE, type Entry, type Storage } from "../../src/storage/storage.ts";

/** A storage under test, empty at first; disposing removes it. */
export interface StorageUnderTest extends AsyncDisposable {
  storage: Storage;
}

const encoder = new TextEncoder();

async function put(
  storage: Storage,
  path: string,
  content: string | Chunk,
): Promise<{ size: number; time: number }> {
  await using sink = await storage.write(path);
  await sink.write(typeof content === "string" ? encoder.encode(content) : content);
  return await sink.commit();
}

/** All bytes of a file. */
export async function get(storage: Storage, path: string, range = {}): Promise<Uint8Array> {
  using source = await storage.read(path, range);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let piece = await source.next(); piece !== undefined; piece = await source.next()) pieces.push(piece);
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

async function names(storage: Storage, path: string, options = {}): Promise<string[]> {
  const found: Entry[] = [];
  for await (const batch of storage.list(path, options)) found.push(...batch);
  return found.map((entry) => entry.name);
}

async function kindOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, BackRestError)).kind;
}

/** What every kind of storage has to do, as tests. */
export function testStorage(kind: string, make: () => Promise<StorageUnderTest>): void {
  const test = (name: string, body: (storage: Storage) => Promise<void>) =>
    Deno.test(`${kind} storage: ${name}`, async () => {
      await using under = await make();
      await body(under.storage);
    });

  test("a file reads back as it was written, its parents are made", async (storage) => {
    const bytes = crypto.getRandomValues(new Uint8Array(65536));
    const large = new Uint8Array(CHUNK_SIZE * 2 + 17).map((_, i) => bytes[i % 65536]! ^ (i >> 16));
    assertEquals((await put(storage, "a/b/c", large)).size, large.length);
    assertEquals(await get(storage, "a/b/c"), large);
    assertEquals((await storage.info("a/b/c"))?.size, large.length);
    assertEquals((await storage.info("a/b"))?.kind, "folder");
    assertEquals((await storage.info("a/b/c"))?.mode, 0o640);
    assertEquals((await storage.info("a/b"))?.mode, 0o750);
  });

  test("a range is read, and read again while the file is read", async (storage) => {
    await put(storage, "f", "0123456789");
    assertEquals(await get(storage, "f", { offset: 3, length: 4 }), encoder.encode("3456"));
    assertEquals(await get(storage, "f", { offset: 8, length: 100 }), encoder.encode("89"));
    using source = await storage.read("f", { length: 6 });
    assertEquals(await source.reread(2, 3), encoder.encode("234"));
    assertEquals(await source.next(), encoder.encode("012345"));
    assertEquals(await source.next(), undefined);
    assertEquals((await source.reread(8, 100)).length, 2);
  });

  test("nothing is visible before commit, nothing remains after abort", async (storage) => {
    await put(storage, "x/old", "old");
    {
      await using sink = await storage.write("x/new");
      await sink.write(encoder.encode("half"));
      assertEquals(await storage.info("x/new"), undefined);
    }
    assertEquals(await names(storage, "x"), ["old"]);
    await using sink = await storage.write("x/old");
    await sink.write(encoder.encode("newer"));
    assertEquals(await get(storage, "x/old"), encoder.encode("old"));
    await sink.commit();
    assertEquals(await get(storage, "x/old"), encoder.encode("newer"));
    assertEquals(await names(storage, "x"), ["old"]);
  });

  test("noReplace never replaces", async (storage) => {
    await put(storage, "f", "first");
    assertEquals(await kindOf(storage.write("f", { how: "noReplace" })), "fileExists");
    await using early = await storage.write("g", { how: "noReplace", tag: "1" });
    await put(storage, "g", "meanwhile");
    assertEquals(await kindOf(early.commit()), "fileExists");
    await early.abort();
    assertEquals(await get(storage, "g"), encoder.encode("meanwhile"));
    assertEquals(await names(storage, ""), ["f", "g"]);
  });

  test("mode and time are set", async (storage) => {
    await using sink = await storage.write("f", { mode: 0o604, time: 1234567890 });
    await sink.write(encoder.encode("x"));
    assertEquals(await sink.commit(), { size: 1, time: 1234567890 });
    const entry = await storage.info("f");
    assertEquals([entry?.mode, entry?.time], [0o604, 1234567890]);
  });

  test("lists in byte order, with and without what lies deeper", async (storage) => {
    for (const path of ["b/2", "b/1", "a", "b-c", "B", "\u{1f600}", "\uffee"]) await put(storage, path, "x");
    assertEquals(await names(storage, ""), ["B", "a", "b", "b-c", "\uffee", "\u{1f600}"]);
    assertEquals((await names(storage, "", { recurse: true })).slice(-2), ["b/1", "b/2"]);
    assertEquals(await storage.names(""), ["B", "a", "b", "b-c", "\uffee", "\u{1f600}"]);
    assertEquals(await names(storage, "missing"), []);
    assertEquals(await storage.names("missing"), []);
    assertEquals(await kindOf(names(storage, "missing", { required: true })), "pathMissing");
  });

  test("gives the names of a folder with very many files", async (storage) => {
    const made = Array.from({ length: 21_000 }, (_, i) => `a rather long name for number ${i}`);
    for (const name of made) Deno.writeTextFileSync(`${storage.root}/${name}`, "");
    assertEquals(await storage.names(""), made.toSorted());
  });

  test("links are made once, shown, not followed when a tree goes", async (storage) => {
    if (!storage.can.links) return;
    await put(storage, "keep/f", "x");
    await storage.link("tree/link", "../keep");
    await storage.link("tree/link", "../keep");
    assertEquals((await storage.info("tree/link"))?.target, "../keep");
    assertEquals((await storage.info("tree/link", { follow: true }))?.kind, "folder");
    assertEquals(await kindOf(storage.link("tree/link", "elsewhere")), "fileExists");
    await storage.removeTree("tree");
    assertEquals(await storage.info("tree"), undefined);
    assert(await storage.info("keep/f"));
  });

  test("a file grows at its end", async (storage) => {
    if (!storage.can.append) return;
    for (const text of ["one ", "two"]) {
      await using appender = await storage.append("new/journal");
      await appender.append(encoder.encode(text));
      await appender.sync();
    }
    assertEquals(await get(storage, "new/journal"), encoder.encode("one two"));
  });

  test("hard links share their bytes", async (storage) => {
    if (!storage.can.hardLinks) return;
    await put(storage, "one", "same");
    await storage.hardLink("two", "one");
    assertEquals(await get(storage, "two"), encoder.encode("same"));
  });

  test("removing what is missing is fine", async (storage) => {
    await storage.remove("missing");
    await storage.removeTree("missing/too");
  });

  test("errors carry their codes", async (storage) => {
    await put(storage, "file", "x");
    assertEquals(await kindOf(storage.read("missing")), "fileMissing");
    assertEquals(await kindOf(storage.read("../outside")), "paramInvalid");
    assertEquals(await kindOf(storage.write("/absolute")), "paramInvalid");
    await storage.makeFolder("folder/below");
    await storage.makeFolder("folder/below");
    assertEquals(await kindOf(storage.read("folder")), "fileOpen");
    assertEquals(await kindOf(storage.makeFolder("file")), "pathCreate");
    assertEquals(await kindOf(storage.remove("folder")), "fileRemove");
  });
}
