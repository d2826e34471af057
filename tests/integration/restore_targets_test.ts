/** Where a restored cluster ends its recovery, as PostgreSQL itself reports it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { laterMoment, promoted } from "../rig/content.ts";
import { attach, type Postgres } from "../rig/postgres.ts";
import { until } from "../rig/program.ts";
import { namesIn } from "../rig/repository.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** Name of a restore point that needs quoting everywhere. */
const POINT = `it's "here" \\ 100%`;

/** A stopped cluster that wrote the rows 1, 2 and 3 after its backup, and what can be aimed at in between. */
interface Story {
  stanza: Stanza;
  label: string;
  /** Transactions that wrote the rows. */
  xids: string[];
  /** Behind row 1. */
  lsn: string;
  /** Between the rows 2 and 3. */
  moment: string;
}

async function tell(name: string): Promise<Story> {
  const stanza = await makeStanza(name, { postgres: { walSegmentSize: 1 } });
  const { postgres } = stanza;
  await postgres.sql("create table t (i int)");
  const label = await stanza.backup();
  const insert = (i: number) => postgres.sql(`insert into t values (${i}) returning pg_current_xact_id()`);
  const xids = [await insert(1)];
  const lsn = await postgres.sql("select pg_current_wal_lsn()");
  await postgres.sql(`select pg_create_restore_point(E'${POINT.replaceAll("\\", "\\\\").replaceAll("'", "''")}')`);
  xids.push(await insert(2));
  const moment = await laterMoment(postgres);
  await laterMoment(postgres);
  xids.push(await insert(3));
  await postgres.sql("select pg_switch_wal()");
  await postgres.stop();
  return { stanza, label, xids, lsn, moment };
}

/** Restores into a folder of its own, starts the server, and hands it over. */
async function restored(
  { stanza: { site } }: Story,
  args: string[],
  use: (postgres: Postgres) => Promise<void>,
): Promise<void> {
  const below = `pg-${namesIn(site.folder).length}`;
  await site.mustBackrest(["restore", `--pg1-path=${site.path(below)}`, ...args]);
  await using postgres = attach(site, below);
  await postgres.start();
  await use(postgres);
}

const ROWS = "select coalesce(string_agg(i::text, ' ' order by i), '') from t";

Deno.test("every kind of target is reached, inclusive and exclusive", async () => {
  const story = await tell("targets");
  await using _stanza = story.stanza;
  const { xids, lsn, moment } = story;
  const cases: [what: string, args: string[], rows: string][] = [
    ["default", [], "1 2 3"],
    ["immediate", ["--type=immediate"], ""],
    ["time", ["--type=time", `--target=${moment}`], "1 2"],
    ["lsn", ["--type=lsn", `--target=${lsn}`], "1"],
    ["name", ["--type=name", `--target=${POINT}`], "1"],
    ["xid", ["--type=xid", `--target=${xids[1]}`], "1 2"],
    ["xid, exclusive", ["--type=xid", `--target=${xids[1]}`, "--target-exclusive"], "1"],
  ];
  for (const [what, args, rows] of cases) {
    const action = what === "default" ? [] : ["--target-action=promote"];
    await restored(story, [...args, ...action], async (postgres) => {
      await promoted(postgres);
      assertEquals(await postgres.sql(ROWS), rows, what);
    });
  }
});

Deno.test("at the target the server pauses, starts up or shuts down, as it was told", async () => {
  const story = await tell("actions");
  await using stanza = story.stanza;
  const target = ["--type=time", `--target=${story.moment}`];
  await restored(story, target, async (postgres) => {
    await until("the pause", async () => await postgres.sql("select pg_get_wal_replay_pause_state()") === "paused");
    assertEquals(await postgres.sql(ROWS), "1 2");
  });
  const { site } = stanza;
  await site.mustBackrest(["restore", `--pg1-path=${site.path("down")}`, ...target, "--target-action=shutdown"]);
  await using down = attach(site, "down");
  await down.tryStart();
  await until("the shutdown", async () => !await down.isRunning());
  assertStringIncludes(down.log(), "shutdown at recovery target");
});

Deno.test("a standby stays one", async () => {
  const story = await tell("standby");
  await using _stanza = story.stanza;
  await restored(story, ["--type=standby"], async (postgres) => {
    await until("the last row", async () => await postgres.sql(ROWS) === "1 2 3");
    assertEquals(await postgres.sql("select pg_is_in_recovery()"), "t");
    assertEquals([namesIn(postgres.folder).filter((name) => name.endsWith(".signal"))], [["standby.signal"]]);
  });
});

Deno.test("type none leaves recovery out and takes old targets back; type preserve changes nothing at all", async () => {
  const story = await tell("none");
  await using stanza = story.stanza;
  const { site, postgres } = stanza;
  site.write("pg/recovery.signal", "");
  const own = "work_mem = '5MB'\nrecovery_target_xid = '12'\nrestore_command = 'my own'\n";
  site.write("pg/postgresql.auto.conf", own, 0o600);
  await site.mustBackrest(["restore", "--delta", "--type=preserve"]);
  assertEquals(Deno.readTextFileSync(site.path("pg/postgresql.auto.conf")), own);
  assert(namesIn(postgres.folder).includes("recovery.signal"));

  const warned = await site.mustBackrest(["restore", `--pg1-path=${site.path("bare")}`, "--type=preserve"]);
  assertMatch(
    warned,
    /WARN: recovery type is preserve but recovery file '.*\/bare\/postgresql.auto.conf' does not exist/,
  );
  assert(!namesIn(site.path("bare")).includes("postgresql.auto.conf"));

  await site.mustBackrest(["restore", "--delta", "--type=none"]);
  assertEquals(namesIn(postgres.folder).filter((name) => name.endsWith(".signal")), []);
  assert(!Deno.readTextFileSync(site.path("pg/postgresql.auto.conf")).includes("restore_command"));
  const [{ archive }] = JSON.parse(await site.mustBackrest(["info", "--output=json"]))[0].backup;
  for (const segment of new Set<string>([archive.start, archive.stop])) {
    await site.mustBackrest(["archive-get", segment, site.path(`pg/pg_wal/${segment}`)]);
  }
  await postgres.start();
  assertEquals(await postgres.sql(ROWS), "", "only what the WAL at hand holds");
});

Deno.test("a recovery follows the newest timeline unless it is told another one", async () => {
  const story = await tell("timeline");
  await using stanza = story.stanza;
  const { site, postgres, label } = { ...stanza, ...story };
  await site.mustBackrest(["restore", "--delta", "--type=time", `--target=${story.moment}`, "--target-action=promote"]);
  await postgres.start();
  await promoted(postgres);
  await postgres.sql("insert into t values (4)");
  const second = await stanza.backup();
  await postgres.stop();
  const cases: [what: string, args: string[], rows: string][] = [
    ["latest by default", [`--set=${label}`], "1 2 4"],
    ["current", [`--set=${label}`, "--target-timeline=current"], "1 2 3"],
    ["a number in hex", [`--set=${label}`, "--target-timeline=0x2"], "1 2 4"],
  ];
  for (const [what, args, rows] of cases) {
    await restored(story, args, async (server) => {
      await promoted(server);
      assertEquals(await server.sql(ROWS), rows, what);
    });
  }
  const refused: [what: string, args: string[], code: number, text: string][] = [
    ["one that does not exist", ["--target-timeline=9"], 55, "00000009.history"],
    ["one that was left before", [`--set=${second}`, "--target-timeline=1"], 58, "was the target timeline created by"],
    ["no timeline at all", ["--target-timeline=newest"], 32, "'newest' is not allowed for 'target-timeline' option"],
  ];
  for (const [what, args, code, text] of refused) {
    const ended = await site.backrest(["restore", `--pg1-path=${site.path("never")}`, ...args]);
    assertEquals([ended.code, namesIn(site.path("never"))], [code, []], `${what}: ${ended.stdout}`);
    assertStringIncludes(ended.stdout, text, what);
  }
});
