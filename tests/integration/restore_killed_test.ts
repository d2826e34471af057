/** A restore that ends suddenly: the server does not start on what it left, and the next run completes it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { contentOf, promoted } from "../rig/content.ts";
import { casesOf } from "../rig/long_form.ts";
import { attach } from "../rig/postgres.ts";
import { until } from "../rig/program.ts";
import { namesIn } from "../rig/repository.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

async function prepared(name: string): Promise<{ stanza: Stanza; content: Record<string, string> }> {
  const stanza = await makeStanza(name, { postgres: { walSegmentSize: 1 } });
  const { postgres } = stanza;
  await postgres.sql("create table t as select i, repeat('x', 300) from generate_series(1, 10000) i");
  await stanza.backup();
  const content = await contentOf(postgres);
  await postgres.sql("select pg_switch_wal()");
  await postgres.stop();
  return { stanza, content };
}

/** Moments of a restore into an empty folder: the nth call of a name that one thread makes. */
const MOMENTS = casesOf<[what: string, call: string, nth: number]>([
  ["when the marker is to appear", "rename", 1],
  ["late in the files", "utimensat", 300],
  ["when pg_control is to appear", "rename", 4],
], [
  ["while folders are made", "mkdir", 9],
  ["when recovery settings are to appear", "rename", 2],
]);

Deno.test("killed at any moment it leaves a folder no server starts on, and --delta completes it", async () => {
  const { stanza, content } = await prepared("killed");
  await using _stanza = stanza;
  const { site } = stanza;
  for (const [i, [what, call, nth]] of MOMENTS.entries()) {
    const below = `pg-${i}`;
    const args = ["restore", `--pg1-path=${site.path(below)}`];
    const killed = await site.killedAt(call, nth, args);
    assert(killed.code === 128 + 9, `${what}: ${killed.code} ${killed.stdout}${killed.stderr}`);
    await using postgres = attach(site, below);
    await postgres.tryStart();
    assertEquals([await postgres.isRunning(), namesIn(site.path(`${below}/global`)).includes("pg_control")], [
      false,
      false,
    ], what);
    if (namesIn(site.path(below)).some((name) => !name.startsWith("backup.manifest"))) {
      assertEquals((await site.backrest(args)).code, 40, what);
    }
    await site.mustBackrest([...args, "--delta"]);
    await postgres.start();
    await promoted(postgres);
    assertEquals(await contentOf(postgres), content, what);
    assert(!namesIn(site.path(below)).includes("backup.manifest"), what);
  }
});

Deno.test("killed while it replaces a cluster, it leaves no half of the old one to start", async () => {
  const { stanza, content } = await prepared("killed-delta");
  await using _stanza = stanza;
  const { site, postgres } = stanza;
  for (const moment of ["while surplus files go", "while files are written"]) {
    await postgres.start();
    if (await postgres.sql("select pg_is_in_recovery()") === "t") await promoted(postgres);
    for (let i = 0; i < 3; i++) await postgres.sql(`create table extra_${i} as select 1`);
    const surplus = site.path(`pg/${await postgres.sql("select pg_relation_filepath('extra_1')")}`);
    await postgres.stop();
    const restore = ["restore", "--delta"];
    const killed = moment === "while surplus files go"
      ? await site.killedAtFile("unlink", surplus, restore)
      : await site.killedAt("utimensat", 5, restore);
    assertEquals(killed.code, 128 + 9, killed.stdout);
    await postgres.tryStart();
    assertEquals(await postgres.isRunning(), false, `${moment}\n${killed.stdout}\n${postgres.log()}`);
    assertStringIncludes(postgres.log(), "global/pg_control");
    await site.mustBackrest(["restore", "--delta", "--type=immediate", "--target-action=promote"]);
  }
  await postgres.start();
  await promoted(postgres);
  assertEquals(await contentOf(postgres), content);
});

Deno.test("a signal ends a restore with 63 soon, and --delta completes it", async () => {
  const { stanza, content } = await prepared("restore-signal");
  await using _stanza = stanza;
  const { site } = stanza;
  const folder = site.path("other");
  const args = ["restore", `--pg1-path=${folder}`, "--process-max=1"];
  await using running = site.start(args);
  await until("the first files", () => namesIn(`${folder}/base/5`).length > 3);
  const asked = performance.now();
  running.kill("SIGTERM");
  const ended = await running.ended;
  assertEquals(ended.code, 63, ended.stdout);
  assert(performance.now() - asked < 3000, "it ends soon");
  assertEquals(namesIn(site.path("lock")), [], "it takes its locks with it");
  await site.mustBackrest([...args, "--delta"]);
  await using postgres = attach(site, "other");
  await postgres.start();
  await promoted(postgres);
  assertEquals(await contentOf(postgres), content);
});
