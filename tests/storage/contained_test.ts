import { assert, assertEquals, assertRejects } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { containedStorage } from "../../src/storage/contained.ts";
import { get, testStorage } from "./storage_suite.ts";

const ENDLESS = new AbortController().signal;

testStorage("contained", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pgbr-contained-" });
  return {
    storage: containedStorage(folder, ENDLESS),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
});

/** A folder beside which something lies that nobody may reach, with links to it. */
async function tempting(): Promise<AsyncDisposable & { root: string; secret: string }> {
  const folder = await Deno.makeTempDir({ prefix: "pgbr-contained-" });
  const [root, outside] = [`${folder}/root`, `${folder}/root-beside`];
  await Deno.mkdir(`${root}/inside`, { recursive: true });
  await Deno.mkdir(outside);
  await Deno.writeTextFile(`${outside}/secret`, "secret");
  await Deno.symlink(outside, `${root}/absolute`);
  await Deno.symlink("../root-beside", `${root}/relative`);
  await Deno.symlink("../root-beside/secret", `${root}/file`);
  await Deno.symlink("../root-beside/new", `${root}/dangling`);
  await Deno.symlink("../absolute", `${root}/inside/chained`);
  await Deno.symlink("inside", `${root}/latest`);
  return { root, secret: `${outside}/secret`, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

Deno.test("nothing that leads out of the root is reached", async () => {
  await using folder = await tempting();
  const storage = containedStorage(folder.root, ENDLESS);
  const drain = async (path: string) => {
    for await (const _ of storage.list(path)) continue;
  };
  const attempts: Record<string, () => Promise<unknown>> = {};
  for (const link of ["absolute", "relative", "inside/chained"]) {
    attempts[`read ${link}`] = () => storage.read(`${link}/secret`);
    attempts[`info ${link}`] = () => storage.info(`${link}/secret`);
    attempts[`followed info ${link}`] = () => storage.info(link, { follow: true });
    attempts[`list ${link}`] = () => drain(link);
    attempts[`write ${link}`] = () => storage.write(`${link}/secret`);
    attempts[`write new ${link}`] = () => storage.write(`${link}/deep/new`);
    attempts[`append ${link}`] = () => storage.append(`${link}/secret`);
    attempts[`makeFolder ${link}`] = () => storage.makeFolder(`${link}/deep/new`);
    attempts[`link ${link}`] = () => storage.link(`${link}/new`, "secret");
    attempts[`hardLink from ${link}`] = () => storage.hardLink("mine", `${link}/secret`);
    attempts[`hardLink to ${link}`] = () => storage.hardLink(`${link}/new`, "latest");
    attempts[`remove ${link}`] = () => storage.remove(`${link}/secret`);
    attempts[`removeTree ${link}`] = () => storage.removeTree(`${link}/secret`);
    attempts[`syncFolder ${link}`] = () => storage.syncFolder(link);
  }
  attempts["read a link"] = () => storage.read("file");
  attempts["write a link"] = () => storage.write("file", { how: "inPlace" });
  attempts["write a dangling link"] = () => storage.write("dangling", { how: "inPlace" });
  attempts["append to a dangling link"] = () => storage.append("dangling");
  attempts["link out"] = () => storage.link("new", "../root-beside");
  attempts["link up"] = () => storage.link("inside/new", "../../root-beside/secret");
  attempts["link absolute"] = () => storage.link("new", folder.secret);
  for (const [name, attempt] of Object.entries(attempts)) {
    assertEquals((await assertRejects(attempt, BackRestError, undefined, name)).kind, "access", name);
  }
  assertEquals(await Deno.readTextFile(folder.secret), "secret");
});

Deno.test("a link that stays inside is followed, one that leads out is shown and removed like any other", async () => {
  await using folder = await tempting();
  const storage = containedStorage(folder.root, ENDLESS);
  {
    await using sink = await storage.write("latest/file");
    await sink.write(new Uint8Array([1]));
    await sink.commit();
  }
  assertEquals(await get(storage, "inside/file"), new Uint8Array([1]));
  await storage.link("next", "inside");
  assertEquals((await storage.info("relative"))?.target, "../root-beside");
  for (const link of ["absolute", "relative", "file"]) await storage.removeTree(link);
  assertEquals(await storage.info("relative"), undefined);
  assert((await Deno.stat(folder.secret)).isFile);
});

Deno.test("reading ends when the one it is for is gone", async () => {
  await using folder = await tempting();
  await Deno.writeFile(`${folder.root}/big`, new Uint8Array(1024));
  const ended = new AbortController();
  const storage = containedStorage(folder.root, ended.signal);
  using source = await storage.read("big");
  ended.abort(new BackRestError("term", "gone"));
  await new Promise((resolve) => setTimeout(resolve, 60));
  await assertRejects(async () => await source.next(), BackRestError, "gone");
});
