import { assertEquals, assertRejects } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { posixStorage } from "../../src/storage/posix.ts";
import { remoteStorage } from "../../src/storage/remote.ts";
import type { ServeRules } from "../../src/storage/serve_rules.ts";
import { serveStorage } from "../../src/storage/serve_storage.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { type Chunk, joinChunks } from "../../src/stream/chunk.ts";
import type { StageSpec } from "../../src/stream/stage.ts";
import { openCaller } from "../../src/wire/call.ts";
import { serve } from "../../src/wire/serve.ts";
import { type StorageUnderTest, testStorage } from "./storage_suite.ts";

const FREE: ServeRules = { allow: () => {}, ended: new AbortController().signal };

const SERVED = { timeout: 10_000, onEnd: () => {} };

/** A folder served over a connection in memory. */
async function served(rules: ServeRules = FREE): Promise<StorageUnderTest & { folder: string }> {
  const folder = await Deno.makeTempDir({ prefix: "pgbr-remote-" });
  const [there, back] = [new TransformStream<Uint8Array, Uint8Array>(), new TransformStream<Uint8Array, Uint8Array>()];
  const storage = serveStorage("repo", posixStorage(folder), rules);
  const serving = serve({ readable: there.readable, writable: back.writable }, storage.methods, SERVED);
  const caller = openCaller({ readable: back.readable, writable: there.writable }, new Uint8Array(0), {
    host: "db1",
    timeout: 10_000,
    complaints: () => "",
  });
  return {
    folder,
    storage: remoteStorage(() => Promise.resolve(caller), { root: folder, name: "repo" }),
    async [Symbol.asyncDispose]() {
      await caller[Symbol.asyncDispose]();
      await serving;
      await storage[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

testStorage("remote", () => served());

async function readAll(storage: Storage, path: string, range = {}): Promise<{ bytes: Chunk; results: unknown }> {
  using source = await storage.read(path, range);
  const chunks: Chunk[] = [];
  for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) chunks.push(chunk);
  return { bytes: joinChunks(chunks), results: source.results?.() };
}

async function write(storage: Storage, path: string, bytes: Chunk, options = {}): Promise<unknown> {
  await using sink = await storage.write(path, options);
  await sink.write(bytes);
  return await sink.commit();
}

const PLAIN = new Uint8Array(3_000_000).map((_, i) => i % 251);

Deno.test("remote storage: stages run where the file is, their results come back", async () => {
  await using under = await served();
  const { storage, folder } = under;
  const { results } = await write(storage, "f.zst", PLAIN, {
    stages: [{ stage: "compress", type: "zst", level: 3 }, { stage: "sha1" }, { stage: "count" }],
  }) as { results: { stage: string; value: string | number }[] };
  assertEquals(results.map(({ stage }) => stage), ["sha1", "count"]);
  assertEquals(results[1]!.value, (await Deno.stat(`${folder}/f.zst`)).size);
  const stages = [{ stage: "sha1" }, { stage: "decompress", type: "zst" }, { stage: "count" }];
  const read = await readAll(storage, "f.zst", { stages });
  assertEquals(read.bytes, PLAIN);
  assertEquals(read.results, [{ stage: "sha1", value: results[0]!.value }, { stage: "count", value: PLAIN.length }]);
  const hashed = await readAll(storage, "f.zst", { stages, discard: true });
  assertEquals([hashed.bytes.length, hashed.results], [0, read.results]);
});

Deno.test("remote storage: a key stays on its host, only its name crosses", async () => {
  const asked: unknown[] = [];
  const key = (ref: unknown) => {
    asked.push(ref);
    return new TextEncoder().encode("secret");
  };
  await using under = await served({ ...FREE, keys: ({ specs }) => Promise.resolve({ specs, services: { key } }) });
  const { storage, folder } = under;
  await write(storage, "f", PLAIN, { stages: [{ stage: "encrypt", key: { level: "archive" } }] });
  assertEquals(new TextDecoder().decode((await Deno.readFile(`${folder}/f`)).subarray(0, 8)), "Salted__");
  const { bytes } = await readAll(storage, "f", { stages: [{ stage: "decrypt", key: { level: "archive" } }] });
  assertEquals(bytes, PLAIN);
  assertEquals(asked, [{ level: "archive" }, { level: "archive" }]);
});

Deno.test("remote storage: files that came whole, are missing or damaged do not stay open, however many there are", async () => {
  await using under = await served();
  const { storage } = under;
  await write(storage, "f", PLAIN.slice(0, 10));
  const stages: StageSpec[] = [{ stage: "decompress", type: "gz" }];
  for (let i = 0; i < 600; i++) {
    assertEquals((await readAll(storage, "f")).bytes.length, 10);
    await assertRejects(() => storage.read("missing"), BackRestError);
    await assertRejects(() => storage.read("f", { stages }), BackRestError);
  }
});

Deno.test("remote storage: damaged data is an error with its code, the connection goes on", async () => {
  await using under = await served();
  const { storage } = under;
  await write(storage, "f", PLAIN);
  const error = await assertRejects(
    () => readAll(storage, "f", { stages: [{ stage: "decompress", type: "gz" }] }),
    BackRestError,
  );
  assertEquals([error.code, error.host], [29, "db1"]);
  assertEquals((await readAll(storage, "f")).bytes, PLAIN);
});

Deno.test("remote storage: what is not allowed is refused on the serving side", async () => {
  const allow: ServeRules["allow"] = (action, path) => {
    if (action === "remove" || path.startsWith("secret")) throw new BackRestError("access", `no ${action} of ${path}`);
  };
  await using under = await served({ ...FREE, allow });
  const { storage } = under;
  await write(storage, "open", PLAIN);
  for (
    const attempt of [
      () => storage.remove("open"),
      () => storage.removeTree("open"),
      () => write(storage, "secret", PLAIN),
      () => storage.read("secret"),
      () => storage.append("secret"),
      () => storage.info("secret"),
      () => storage.makeFolder("secret"),
    ]
  ) assertEquals((await assertRejects(attempt as () => Promise<unknown>, BackRestError)).code, 105);
  assertEquals((await storage.info("open"))?.size, PLAIN.length);
});

Deno.test("remote storage: a file takes parts with stages of their own; one that breaks off is passed over", async () => {
  await using under = await served();
  const { storage, folder } = under;
  const stages: StageSpec[] = [{ stage: "compress", type: "zst", level: 3 }, { stage: "count" }];
  {
    await using sink = await storage.write("bundle/1", { how: "inPlace" });
    const first = sink.part!(stages);
    await first.write(PLAIN);
    const one = await first.end();
    await sink.part!([]).write(new Uint8Array(10));
    const second = sink.part!([{ stage: "count" }]);
    await second.write(new Uint8Array(5));
    const two = await second.end();
    assertEquals([one.offset, one.results[0]!.value], [0, one.size]);
    assertEquals([two.offset, two.size], [one.size + 10, 5]);
    await sink.commit();
    const range = { offset: one.offset, length: one.size, stages: [{ stage: "decompress", type: "zst" }] };
    assertEquals((await readAll(storage, "bundle/1", range)).bytes, PLAIN);
    assertEquals((await Deno.stat(`${folder}/bundle/1`)).size, one.size + 15);
  }
});

Deno.test("remote storage: after a step that failed nothing of a file is kept, however many steps were sent behind it", async () => {
  await using under = await served();
  const { storage, folder } = under;
  await using sink = await storage.write("new", { stages: [{ stage: "decompress", type: "zst" }] });
  for (let i = 0; i < 3; i++) await sink.write(PLAIN.slice(0, 1000));
  assertEquals((await assertRejects(() => sink.commit(), BackRestError)).kind, "format");
  assertEquals([...Deno.readDirSync(folder)], []);
});

Deno.test("remote storage: a tag that would lead out of the folder is refused", async () => {
  await using under = await served();
  const error = await assertRejects(() => write(under.storage, "a/b", PLAIN, { tag: "/../../x" }), BackRestError);
  assertEquals(error.kind, "access");
});
