/** archive-push with several repositories, several pushes at once, and a sudden end. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { archived, archiveFolder, filesBelow, storedSegment } from "../rig/repository.ts";
import { checkOrder } from "../rig/trace.ts";
import { makeQuietStanza, makeSegment } from "../rig/wal.ts";
import type { Stanza, StanzaOptions } from "../rig/stanza.ts";

const SEGMENT = "000000010000000000000005";

function push({ site, postgres }: Stanza, path: string, args: string[] = []) {
  return site.backrest(["archive-push", path, ...args], { cwd: postgres.folder });
}

/** A quiet stanza in two repositories. */
async function withTwo(name: string, options: StanzaOptions = {}): Promise<Stanza> {
  const stanza = await makeQuietStanza(name, { ...options, create: false });
  stanza.configure({ "repo2-path": stanza.site.path("repo2"), "repo2-retention-full": "2" });
  await stanza.postgres.start();
  await stanza.site.mustBackrest(["stanza-create"]);
  await stanza.postgres.stop();
  return stanza;
}

Deno.test("a repository that cannot be used does not keep the others from having the segment", async () => {
  await using stanza = await withTwo("push-two");
  const { site } = stanza;
  const info = site.path("repo/archive/demo/archive.info");
  for (const name of [info, `${info}.copy`]) await Deno.rename(name, `${name}.away`);
  const path = makeSegment(stanza, SEGMENT);
  const broken = await push(stanza, path);
  assertEquals([broken.code, archived(site).length, archived(site, "repo2").length], [104, 0, 1], broken.stdout);
  assertMatch(broken.stdout, /\[104\]: archive-push command encountered error\(s\):\n +repo1: \[FileMissingError\] /);
  for (const name of [info, `${info}.copy`]) await Deno.rename(`${name}.away`, name);
  const healed = await push(stanza, path);
  assertEquals([healed.code, archived(site)], [0, archived(site, "repo2")], healed.stdout);
  assertStringIncludes(healed.stdout, "already exists in the repo2 archive with the same checksum");
});

Deno.test("a repository that cannot be written does not keep the others from having the segment", async () => {
  await using stanza = await withTwo("push-readonly");
  const { site } = stanza;
  assertEquals((await push(stanza, makeSegment(stanza, "000000010000000000000004"))).code, 0);
  const folder = site.path("repo/archive/demo/15-1/0000000100000000");
  await Deno.chmod(folder, 0o550);
  const ended = await push(stanza, makeSegment(stanza, SEGMENT));
  assertEquals([ended.code, archived(site).length, archived(site, "repo2").length], [104, 1, 2], ended.stdout);
  assertMatch(ended.stdout, /repo1: \[FileOpenError\] unable to open file for write .*[Pp]ermission denied/);
  assertStringIncludes(ended.stdout, "HINT: does the user who runs this command own it?");
  await Deno.chmod(folder, 0o750);
});

Deno.test("without any usable repository the error is one about all of them", async () => {
  await using stanza = await withTwo("push-none");
  const { site } = stanza;
  for (const repository of ["repo", "repo2"]) await Deno.rename(site.path(repository), site.path(`${repository}-away`));
  const ended = await push(stanza, makeSegment(stanza, SEGMENT));
  assertEquals(ended.code, 103, ended.stdout);
  assertMatch(ended.stdout, /unable to find a valid repository:\n +repo1: .*\n(?:.*\n)+ +repo2: /);
  for (const repository of ["repo", "repo2"]) {
    assertEquals(filesBelow(site.path(repository)), [], "no folder appears in the place of one that is not mounted");
  }
});

Deno.test("other content in any repository stops the push before anything is stored", async () => {
  await using stanza = await withTwo("push-split");
  const { site } = stanza;
  const path = makeSegment(stanza, SEGMENT, { mark: "one" });
  assertEquals((await push(stanza, path, ["--repo2-path=" + site.path("repo2")])).code, 0);
  await Deno.remove(storedSegment(site, SEGMENT));
  makeSegment(stanza, SEGMENT, { mark: "two" });
  const ended = await push(stanza, path);
  assertEquals([ended.code, archived(site)], [45, []], ended.stdout);
  assertStringIncludes(ended.stdout, "already exists in the repo2 archive with a different checksum");
});

Deno.test("two clusters that push different content under one name at the same time do not both succeed", async () => {
  await using stanza = await makeQuietStanza("push-race", { global: { "compress-type": "none" } });
  const { site, postgres } = stanza;
  for (let round = 0; round < 6; round++) {
    const name = `0000000100000000000000${(0x10 + round).toString(16).toUpperCase()}`;
    const paths = ["one", "two"].map((mark) => {
      makeSegment(stanza, name, { mark });
      site.makeFolder(`${mark}-${round}`);
      Deno.renameSync(`${postgres.folder}/pg_wal/${name}`, site.path(`${mark}-${round}/${name}`));
      return site.path(`${mark}-${round}/${name}`);
    });
    const pushes = paths.map((path) => site.backrest(["archive-push", path]));
    const codes = (await Promise.all(pushes)).map(({ code }) => code).sort();
    const stored = archived(site).filter((each) => each.startsWith(name));
    assert([[0, 45], [45, 45]].some((each) => each.join() === codes.join()), `round ${round}: ${codes}`);
    assertEquals(stored.length, codes.includes(0) ? 1 : 0, `round ${round}: ${codes} ${stored}`);
  }
});

Deno.test("two pushes of the same history file with different content do not both succeed", async () => {
  await using stanza = await makeQuietStanza("push-race-history");
  const { site } = stanza;
  for (let number = 2; number < 8; number++) {
    const name = `0000000${number}.history`;
    const pushes = ["one", "two"].map((mark) => {
      site.makeFolder(`${mark}-${number}`);
      site.write(`${mark}-${number}/${name}`, `1\t0/3000000\t${mark}\n`, 0o600);
      return site.backrest(["archive-push", site.path(`${mark}-${number}/${name}`)]);
    });
    const ended = await Promise.all(pushes);
    assertEquals(ended.map(({ code }) => code).sort(), [0, 45]);
    const winner = ended[0]!.code === 0 ? "one" : "two";
    assertStringIncludes(Deno.readTextFileSync(site.path(`repo/archive/demo/15-1/${name}`)), winner);
  }
});

Deno.test("a push that is killed leaves nothing that counts, and the next one stores the segment", async () => {
  await using stanza = await makeQuietStanza("push-killed");
  const { site, postgres } = stanza;
  const path = `${postgres.folder}/${makeSegment(stanza, SEGMENT)}`;
  for (const call of ["rename", "fsync"]) {
    const killed = await site.killedAt(call, 1, ["archive-push", path]);
    assert(killed.code !== 0, killed.stdout);
    const left = archived(site);
    assert(left.length > 0 && left.every((name) => name.endsWith(".pgbackrest.tmp")), `${call}: ${left}`);
  }
  assertEquals((await push(stanza, path)).code, 0);
  const whole = archived(site).filter((name) => !name.endsWith(".pgbackrest.tmp"));
  assertMatch(whole.join(), /^000000010000000000000005-[0-9a-f]{40}\.gz$/);
  const got = await site.backrest(["archive-get", SEGMENT, site.path("got")]);
  assertEquals([got.code, Deno.readFileSync(site.path("got"))], [0, Deno.readFileSync(path)], got.stdout);
});

Deno.test("what pushes left behind that were killed long ago is removed, what may still be written is not", async () => {
  await using stanza = await makeQuietStanza("push-orphans");
  const { site } = stanza;
  assertEquals((await push(stanza, makeSegment(stanza, "000000010000000000000004"))).code, 0);
  const [old, young] = ["1-0123abcd", "2-0123abcd"].map((execId) => {
    const name = `000000010000000000000003-${"0".repeat(40)}.gz.${execId}.pgbackrest.tmp`;
    site.write(`repo/archive/demo/15-1/0000000100000000/${name}`, "half");
    return name;
  });
  const anHourAgo = Date.now() / 1000 - 3700;
  await Deno.utime(site.path(`repo/archive/demo/15-1/0000000100000000/${old}`), anHourAgo, anHourAgo);
  assertEquals((await push(stanza, makeSegment(stanza, SEGMENT))).code, 0);
  assertEquals(archived(site).filter((name) => name.endsWith(".tmp")), [young]);
});

Deno.test("a segment is on disk before it is acknowledged", async () => {
  await using stanza = await makeQuietStanza("push-durable");
  const { site, postgres } = stanza;
  const path = `${postgres.folder}/${makeSegment(stanza, SEGMENT)}`;
  const trace = await site.traced(["archive-push", path]);
  const stored = storedSegment(site, SEGMENT);
  checkOrder(trace, [
    ["mkdir", archiveFolder(site)],
    ["fsync", site.path("repo/archive/demo")],
    ["mkdir", parentOf(stored)],
    ["fsync", archiveFolder(site)],
    ["fsync", /\.pgbackrest\.tmp$/],
    ["rename", stored],
    ["fsync", parentOf(stored)],
  ]);
});

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
