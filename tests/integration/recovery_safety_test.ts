/** A recovering server and an archive that fails it: it must never take a failure for the end of WAL and start up. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { promoted } from "../rig/content.ts";
import { BIN } from "../rig/postgres.ts";
import { executable, succeed, until } from "../rig/program.ts";
import { damage, storedSegment } from "../rig/repository.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** A stopped cluster whose WAL after the backup is three segments, a row in each. */
interface Story {
  stanza: Stanza;
  /** The segment with the second row. */
  middle: string;
}

async function tell(stanza: Stanza): Promise<Story> {
  const { postgres } = stanza;
  await postgres.sql("create table t (i int)");
  await stanza.backup();
  const segments: string[] = [];
  for (const i of [1, 2, 3]) {
    await postgres.sql(`insert into t values (${i})`);
    segments.push(await postgres.sql("select pg_walfile_name(pg_switch_wal())"));
  }
  await postgres.stop();
  return { stanza, middle: segments[1]! };
}

function make(name: string): Promise<Stanza> {
  return makeStanza(name, {
    global: { "archive-timeout": "1", "compress-type": "none" },
    postgres: { walSegmentSize: 1, settings: { wal_retrieve_retry_interval: "200ms" } },
  });
}

/** What pg_control says of the cluster. */
async function controlState({ postgres }: Stanza): Promise<{ state: string; timeline: string }> {
  const text = await succeed(`${BIN}/pg_controldata`, [postgres.folder]);
  const value = (name: string) => new RegExp(`^${name}: +(.*)$`, "m").exec(text)![1]!;
  return { state: value("Database cluster state"), timeline: value("Latest checkpoint's TimeLineID") };
}

/** Starts the server, waits for its end, and makes sure that it did not take itself for recovered. */
async function mustNotPromote(stanza: Stanza): Promise<void> {
  const { postgres } = stanza;
  await postgres.tryStart();
  await until("the end of the server", async () => !await postgres.isRunning());
  assertStringIncludes(postgres.log(), "FATAL:  could not restore file");
  assert(!postgres.log().includes("archive recovery complete"), postgres.log());
  const { state, timeline } = await controlState(stanza);
  assertEquals([state.replace("shut down ", ""), timeline], ["in archive recovery", "1"]);
}

async function mustRecover({ postgres }: Stanza): Promise<void> {
  await promoted(postgres);
  assertEquals(await postgres.sql("select string_agg(i::text, ' ' order by i) from t"), "1 2 3");
}

Deno.test("a damaged segment in the middle stops the server; repaired, it recovers to the end", async () => {
  await using stanza = await make("recover-damaged");
  const { middle } = await tell(stanza);
  await stanza.site.mustBackrest(["restore", "--delta"]);
  damage(storedSegment(stanza.site, middle));
  await mustNotPromote(stanza);
  damage(storedSegment(stanza.site, middle));
  await stanza.postgres.start();
  await mustRecover(stanza);
});

Deno.test("a repository that goes away in the middle stops the server; back again, it recovers to the end", async () => {
  await using stanza = await make("recover-away");
  const { site, postgres } = stanza;
  const { middle } = await tell(stanza);
  const away = `case "$*" in *"archive-get ${middle}"*) mv ${site.path("repo")} ${site.path("away")};; esac`;
  site.write("pgbackrest wrapper", `#!/bin/sh\n${away}\nexec ${executable()} "$@"\n`, 0o755);
  await site.mustBackrest(["restore", "--delta", `--cmd=${site.path("pgbackrest wrapper")}`]);
  await mustNotPromote(stanza);
  await Deno.rename(site.path("away"), site.path("repo"));
  site.write("pgbackrest wrapper", `#!/bin/sh\nexec ${executable()} "$@"\n`, 0o755);
  await postgres.start();
  await mustRecover(stanza);
});

Deno.test("a standby waits through damage and through the loss of the repository, and goes on by itself", async () => {
  await using stanza = await make("recover-standby");
  const { site, postgres } = stanza;
  const { middle } = await tell(stanza);
  await site.mustBackrest(["restore", "--delta", "--type=standby"]);
  const rows = () => postgres.sql("select string_agg(i::text, ' ' order by i) from t");
  const refusals = (code: string) => postgres.log().split(`ERROR: [${code}]`).length - 1;
  damage(storedSegment(site, middle));
  await postgres.start();
  await until("two refusals of the damaged segment", () => refusals("042") >= 2);
  assertEquals(await rows(), "1");
  await Deno.rename(site.path("repo"), site.path("away"));
  const before = refusals("103");
  await until("two refusals without a repository", () => refusals("103") >= before + 2);
  assertEquals([await rows(), await postgres.sql("select pg_is_in_recovery()")], ["1", "t"]);
  damage(storedSegment(site, middle, "away"));
  await Deno.rename(site.path("away"), site.path("repo"));
  await until("the last row", async () => await rows() === "1 2 3");
  assertEquals(await postgres.sql("select pg_is_in_recovery()"), "t");
  await postgres.sql("select pg_promote()");
  await mustRecover(stanza);
});
