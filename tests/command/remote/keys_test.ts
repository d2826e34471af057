import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { KeyKeeper } from "../../../src/command/remote/keys.ts";
import { BackRestError } from "../../../src/error.ts";
import { newArchiveInfo } from "../../../src/repository/info/archive_info.ts";
import { keyHandle } from "../../../src/repository/key_handle.ts";
import {
  loadArchiveInfo,
  readSmall,
  type Repository,
  saveArchiveInfo,
  writeSmall,
} from "../../../src/repository/repository.ts";
import { posixStorage } from "../../../src/storage/posix.ts";
import { remoteStorage } from "../../../src/storage/remote.ts";
import { serveStorage } from "../../../src/storage/serve_storage.ts";
import type { StageSpec } from "../../../src/stream/stage.ts";
import { openCaller } from "../../../src/wire/call.ts";
import { serve } from "../../../src/wire/serve.ts";

const CLUSTER = { systemId: 7710902338970540482n, version: "15" };

/** An encrypted repository with the eyes of its own host, and with those of another one. */
async function encrypted(): Promise<AsyncDisposable & { own: Repository; other: Repository }> {
  const folder = await Deno.makeTempDir({ prefix: "pgbr-keys-" });
  const own: Repository = { key: 1, stanza: "demo", storage: posixStorage(folder), passphrase: "of the repository" };
  const keeper = new KeyKeeper((stanza) => ({ ...own, stanza }));
  const ended = new AbortController();
  const served = serveStorage("repo", own.storage, { ended: ended.signal, allow: () => {}, keys: keeper.rule });
  const [there, back] = [new TransformStream<Uint8Array, Uint8Array>(), new TransformStream<Uint8Array, Uint8Array>()];
  const duplex = { readable: there.readable, writable: back.writable };
  const serving = serve(duplex, served.methods, { timeout: 10_000, onEnd: () => ended.abort() });
  const caller = openCaller({ readable: back.readable, writable: there.writable }, new Uint8Array(0), {
    host: "db1",
    timeout: 10_000,
    complaints: () => "",
  });
  const storage = remoteStorage(() => Promise.resolve(caller), { root: folder, name: "repo" });
  return {
    own,
    other: { key: 1, stanza: "demo", storage, passphrase: keyHandle({ level: "repository" }) },
    async [Symbol.asyncDispose]() {
      await caller[Symbol.asyncDispose]();
      await serving;
      await served[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("an info file is written and read without its keys; its host makes them and keeps them", async () => {
  await using repositories = await encrypted();
  const { own, other } = repositories;
  await saveArchiveInfo(other, newArchiveInfo(CLUSTER, { cipherPass: keyHandle({ level: "archive" }) }));
  const { value: seen } = await loadArchiveInfo(other);
  assertEquals(seen.cipherPass, "keyref:archive");
  const { value: real } = await loadArchiveInfo(own);
  assertEquals(real.cipherPass?.length, 64);
  // Written again, it keeps its key, and both copies have the same.
  await saveArchiveInfo(other, seen);
  assertEquals((await loadArchiveInfo(own)).value.cipherPass, real.cipherPass);
  await own.storage.remove("archive/demo/archive.info");
  assertEquals((await loadArchiveInfo(own)).value.cipherPass, real.cipherPass);
});

Deno.test("what a key protects crosses plain and lies encrypted", async () => {
  await using repositories = await encrypted();
  const { own, other } = repositories;
  await saveArchiveInfo(own, newArchiveInfo(CLUSTER, { cipherPass: "of the archive" }));
  const bytes = new TextEncoder().encode("1\t0/3000000\tno recovery target specified\n");
  const path = "archive/demo/15-1/00000002.history";
  await writeSmall(other, path, { bytes, passphrase: keyHandle({ level: "archive" }) });
  assertEquals(await readSmall(own, path, "of the archive"), bytes);
  assertEquals(await readSmall(other, path, keyHandle({ level: "archive" })), bytes);
});

async function refusal(attempt: () => Promise<unknown>): Promise<BackRestError> {
  return await assertRejects(attempt, BackRestError);
}

Deno.test("ways to a key are closed: other files, other levels, parts, further stages, keys from elsewhere", async () => {
  await using repositories = await encrypted();
  const { own, other } = repositories;
  await saveArchiveInfo(own, newArchiveInfo(CLUSTER, { cipherPass: "of the archive" }));
  const info = "archive/demo/archive.info";
  const stolen = "archive/demo/15-1/stolen";
  await writeSmall(own, stolen, { bytes: await readSmall(own, info) });
  const decrypt = (level: "repository" | "archive" | "backupInfo"): StageSpec => ({ stage: "decrypt", key: { level } });
  const read = (path: string, stages: StageSpec[], range = {}) => () => other.storage.read(path, { ...range, stages });
  const attempts = [
    read(stolen, [decrypt("repository")]),
    read(info, [decrypt("archive")]),
    read(info, [decrypt("repository"), { stage: "count" }]),
    read(info, [decrypt("repository"), { stage: "encrypt", key: { level: "archive" } }]),
    read(info, [decrypt("repository")], { offset: 16 }),
    read(info, [decrypt("repository")], { length: 1000 }),
    read("backup/demo/backup.history/2026/x.manifest.gz", [decrypt("backupInfo")]),
  ];
  await own.storage.write("backup/demo/backup.history/2026/x.manifest.gz").then((sink) => sink.commit());
  for (const attempt of attempts) assertEquals((await refusal(attempt)).kind, "access");
  const error = await refusal(() => saveArchiveInfo(other, newArchiveInfo(CLUSTER, { cipherPass: "mine" })));
  assertStringIncludes(error.message, "a passphrase is not taken from another host");
  assertEquals((await loadArchiveInfo(own)).value.cipherPass, "of the archive");
});
