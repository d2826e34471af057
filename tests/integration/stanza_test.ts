/** stanza-create on repositories in every state it may find them in. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { damage, filesBelow, namesIn } from "../rig/repository.ts";
import { databaseUser } from "../rig/program.ts";
import { makeStanza } from "../rig/stanza.ts";

const FILES = ["archive.info", "archive.info.copy", "backup.info", "backup.info.copy"];

function infoPath(name: string): string {
  return `repo/${name.slice(0, name.indexOf("."))}/demo/${name}`;
}

Deno.test("a stanza is created once, and again it is only looked at", async () => {
  await using stanza = await makeStanza("create", { create: false });
  const { site } = stanza;
  await site.mustBackrest(["stanza-create"]);
  const before = FILES.map((name) => Deno.readTextFileSync(site.path(infoPath(name))));
  assertEquals(filesBelow(site.path("repo")).map((path) => `repo/${path}`), FILES.map(infoPath));
  assertMatch(await site.mustBackrest(["stanza-create"]), /stanza 'demo' already exists on repo1 and is valid/);
  assertEquals(FILES.map((name) => Deno.readTextFileSync(site.path(infoPath(name)))), before);
  assertEquals(Deno.statSync(site.path("repo/archive/demo")).mode! & 0o777, 0o750);
  assertEquals(Deno.statSync(site.path(infoPath("backup.info"))).mode! & 0o777, 0o640);
});

Deno.test("killed at any moment it can be run again", async () => {
  await using stanza = await makeStanza("create-killed", { create: false });
  const { site } = stanza;
  for (const nth of [1, 2, 3, 4]) {
    const killed = await site.killedAt("rename", nth, ["stanza-create"]);
    assertEquals(killed.code, 128 + 9, killed.stdout);
    await site.mustBackrest(["stanza-create"]);
    await site.mustBackrest(["check"]);
    for (const folder of ["archive", "backup"]) await Deno.remove(site.path(`repo/${folder}`), { recursive: true });
  }
});

Deno.test("a missing info file is made again from its copy; a missing pair is refused where there are backups", async () => {
  await using stanza = await makeStanza("create-half");
  const { site } = stanza;
  await stanza.backup();
  for (const name of FILES) {
    const before = Deno.readTextFileSync(site.path(infoPath(name)));
    await Deno.remove(site.path(infoPath(name)));
    await site.mustBackrest(["stanza-create"]);
    assertEquals(Deno.readTextFileSync(site.path(infoPath(name))), before, name);
  }
  for (const family of ["archive", "backup"]) {
    const names = FILES.filter((name) => name.startsWith(family));
    const before = names.map((name) => Deno.readFileSync(site.path(infoPath(name))));
    for (const name of names) await Deno.remove(site.path(infoPath(name)));
    const ended = await site.backrest(["stanza-create"]);
    assertEquals(ended.code, 55, ended.stdout);
    assertStringIncludes(ended.stdout, `${family}.info is missing on repo1`);
    assert(!namesIn(site.path(`repo/${family}/demo`)).includes(`${family}.info`));
    for (const [i, name] of names.entries()) Deno.writeFileSync(site.path(infoPath(name)), before[i]!);
  }
});

Deno.test("what is in the folders without info files is not built upon", async () => {
  await using stanza = await makeStanza("create-content", { create: false });
  const { site } = stanza;
  for (const folder of ["archive", "backup"]) {
    site.makeFolder(`repo/${folder}/demo/15-1`);
    const ended = await site.backrest(["stanza-create"]);
    assertEquals([ended.code, namesIn(site.path(`repo/${folder}/demo`))], [40, ["15-1"]], ended.stdout);
    assertStringIncludes(ended.stdout, `${folder} directory not empty`);
    await Deno.remove(site.path(`repo/${folder}`), { recursive: true });
  }
});

Deno.test("nothing is created when the cluster cannot be asked or the repository not be written", async () => {
  await using stanza = await makeStanza("create-refused", { create: false });
  const { site, postgres } = stanza;
  await Deno.chmod(site.path("repo"), 0o500);
  const closed = await site.backrest(["stanza-create"]);
  assertEquals(closed.code, 47, closed.stdout);
  assertMatch(closed.stdout, /unable to create folder '.*\/repo\/archive.*[Pp]ermission denied/);
  assertStringIncludes(closed.stdout, "HINT: does the user who runs this command own it?");
  await Deno.chmod(site.path("repo"), 0o750);

  stanza.configure(undefined, { "pg1-socket-path": site.path("nowhere") });
  const socket = await site.backrest(["stanza-create"]);
  assertEquals(socket.code, 56, socket.stdout);
  assertMatch(
    socket.stdout,
    /WARN: unable to check pg1: \[DbConnectError\] unable to connect to PostgreSQL at '.*\/nowhere'/,
  );
  stanza.configure(undefined, { "pg1-user": "nobody_at_all" });
  const user = await site.backrest(["stanza-create"]);
  assertEquals(user.code, 56, user.stdout);
  assertMatch(user.stdout, /role "nobody_at_all" does not exist[^]*HINT: is option pg-user right/);
  stanza.configure(undefined, {});
  site.makeFolder("other/global");
  Deno.copyFileSync(`${postgres.folder}/global/pg_control`, site.path("other/global/pg_control"));
  const owner = databaseUser();
  if (owner !== undefined) Deno.chownSync(site.path("other/global/pg_control"), owner.uid, owner.gid);
  stanza.configure(undefined, { "pg1-path": site.path("other") });
  const path = await site.backrest(["stanza-create"]);
  assertEquals(path.code, 58, path.stdout);
  damage(site.path("other/global/pg_control"), 100);
  const control = await site.backrest(["stanza-create"]);
  assertEquals(control.code, 56, control.stdout);
  assertMatch(control.stdout, /WARN: unable to check pg1: \[ChecksumError\] pg_control checksum is/);
  stanza.configure(undefined, {});
  await postgres.stop();
  assertEquals((await site.backrest(["stanza-create"])).code, 56);
  assertEquals(filesBelow(site.path("repo")), []);
});
