/**
 * kill -9 of whatever archives or fetches WAL, at random moments, while a server writes and while another one recovers:
 * nothing may be missing or wrong, and everything goes on by itself. Long form: scripts/soak kills.
 */
import { assertEquals } from "@std/assert";
import { randomNumbers } from "../rig/dice.ts";
import { killAtRandom, processesOf } from "../rig/kills.ts";
import { attach, type Postgres } from "../rig/postgres.ts";
import { executable, until } from "../rig/program.ts";
import { STANZA } from "../rig/site.ts";
import { archived, namesIn } from "../rig/repository.ts";
import { ASYNC, breaksIn } from "../rig/spool.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** ARCHIVE_KILLS sets how many, ARCHIVE_SEED repeats a run. */
const KILLS = Number(Deno.env.get("ARCHIVE_KILLS") ?? 10);
const SEED = Number(Deno.env.get("ARCHIVE_SEED") ?? Math.floor(Math.random() * 1e9));

const SMALL = { walSegmentSize: 1, settings: { min_wal_size: "2MB", max_wal_size: "8MB" } };

/** Writes rows and ends WAL segments until told to stop; how many rows there are. */
async function writeUntil(postgres: Postgres, signal: AbortSignal): Promise<number> {
  let rows = 0;
  while (!signal.aborted) {
    await postgres.sql(
      `insert into filled select ${rows} + i, repeat(md5(i::text), 40) from generate_series(1, 200) i`,
    );
    await postgres.sql("select pg_switch_wal()");
    rows += 200;
    // Faster than WAL can be pushed would only make a long queue.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return rows;
}

/**
 * Turns archiving on. To PostgreSQL a killed archive_command is a reason to rest for ten seconds, a failing one is not, and
 * the test has not that much time.
 */
async function archiveBy({ site, postgres }: Stanza, program: string): Promise<void> {
  const call = `${program} --config=${site.path("pgbackrest.conf")} --stanza=${STANZA} archive-push %p || exit 1`;
  postgres.configure({ archive_mode: "on", archive_command: call });
  await postgres.stop();
  await postgres.start();
}

/** Ends the WAL segment and waits until PostgreSQL knows that it is archived. */
async function archiveAll({ site, postgres }: Stanza): Promise<void> {
  const isDone = async () =>
    !namesIn(site.path("pg/pg_wal/archive_status")).some((name) => name.endsWith(".ready")) &&
    await postgres.sql("select last_archived_wal from pg_stat_archiver") !== "";
  await postgres.sql("select pg_switch_wal()");
  let looks = 0;
  await until("everything to be archived", async () => {
    if (await isDone()) return true;
    // After three failures PostgreSQL sleeps for a minute, unless there is more.
    if (++looks % 100 === 0) await postgres.sql("insert into filled values (-1, ''); select pg_switch_wal()");
    return false;
  }, 180);
}

/** The long form does both, the short one what the seed says. */
const WAYS = [false, true].filter((resident) => KILLS > 10 || resident === (SEED % 2 === 1));

for (const resident of WAYS) {
  const how = resident ? ", with a process that stays" : "";
  Deno.test(`${KILLS} kills while WAL is pushed and fetched${how} (ARCHIVE_SEED=${SEED})`, async () => {
    const random = randomNumbers(SEED);
    await using stanza = await makeStanza(`kills-${resident}`, {
      global: { ...ASYNC, "process-max": "2", "compress-level": "1", "archive-get-queue-max": "4MB" },
      postgres: { ...SMALL, archiver: "none" },
    });
    const { site, postgres } = stanza;
    await archiveBy(stanza, executable());
    if (resident) site.write("pg_backrest.conf", "[global]\narchive-resident=30s\n");
    await postgres.sql("create table filled (id int, text text)");
    await stanza.backup();
    const stop = new AbortController();
    const writing = writeUntil(postgres, stop.signal);
    await killAtRandom(site, { word: "archive-push", count: KILLS, random });
    stop.abort();
    const rows = await writing;
    await archiveAll(stanza);
    const stored = archived(site).filter((name) => /^[0-9A-F]{24}-/.test(name) && !name.endsWith(".tmp"))
      .map((name) => name.slice(0, 24));
    assertEquals(breaksIn(stored), [], "no hole, nothing twice");
    const verified = await site.backrest(["verify"]);
    assertEquals(verified.code, 0, verified.stdout);
    await until("pg_wal to shrink", async () => {
      await postgres.sql("checkpoint");
      return namesIn(site.path("pg/pg_wal")).length < 20;
    });
    await postgres.stop();
    await end(stanza);

    site.makeFolder("restored", 0o700);
    await site.mustBackrest(["restore", `--pg1-path=${site.path("restored")}`]);
    stanza.configure(undefined, { "pg1-path": site.path("restored") });
    const restored = attach(site, "restored");
    await using _stopped = restored;
    const recovered = new AbortController();
    const count = Math.ceil(KILLS / 5);
    const killing = killAtRandom(site, { word: "archive-get", count, random, signal: recovered.signal });
    await recoverInSpiteOf(restored, count);
    recovered.abort();
    await killing;
    assertEquals(Number(await restored.sql("select count(*) from filled where id > 0")), rows, "every row is there");
    await restored.stop();
    await end(stanza);
  });
}

/** A killed restore_command ends the server rather than its recovery; whoever runs it starts it again, `count` times. */
async function recoverInSpiteOf(postgres: Postgres, count: number): Promise<void> {
  await until("the restored server to recover", async () => {
    if (!await postgres.isRunning()) await postgres.tryStart();
    return await postgres.sql("select pg_is_in_recovery()").then((answer) => answer === "f", () => false);
  }, 90 + 10 * count);
}

/** Ends what still works in the background. */
async function end({ site }: Stanza): Promise<void> {
  await until("the processes of the site to end", () => {
    const left = [...processesOf(site, "archive-push"), ...processesOf(site, "archive-get")];
    for (const pid of left) {
      try {
        Deno.kill(pid, "SIGTERM");
      } catch {
        continue;
      }
    }
    return left.length === 0;
  });
}
