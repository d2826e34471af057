/** Archiving in the background to a repository on another host, also when connections are cut. */
import { assertEquals } from "@std/assert";
import { randomNumbers } from "../rig/dice.ts";
import { killAtRandom } from "../rig/kills.ts";
import { until } from "../rig/program.ts";
import { filesBelow, namesIn } from "../rig/repository.ts";
import { makeRepositoryHost, type RepositoryHost } from "../rig/repository_host.ts";
import { ASYNC, breaksIn, quiet, spooled } from "../rig/spool.ts";

/** ARCHIVE_KILLS sets how many connections are cut, ARCHIVE_SEED repeats a run. */
const KILLS = Math.ceil(Number(Deno.env.get("ARCHIVE_KILLS") ?? 10) / 3);
const SEED = Number(Deno.env.get("ARCHIVE_SEED") ?? Math.floor(Math.random() * 1e9));

const stored = ({ site }: RepositoryHost) =>
  filesBelow(site.path("there/repo/archive/demo/15-1")).map((path) => path.slice(path.lastIndexOf("/") + 1))
    .filter((name) => /^[0-9A-F]{24}-/.test(name) && !name.endsWith(".tmp")).map((name) => name.slice(0, 24));

Deno.test(`segments go to another host and come from there, though connections are cut (ARCHIVE_SEED=${SEED})`, async () => {
  await using host = await makeRepositoryHost("async-host", {
    global: { ...ASYNC, "compress-level": "1", "archive-get-queue-max": "4MB" },
    postgres: { walSegmentSize: 1 },
  });
  const { site, postgres } = host;
  await postgres.sql("create table filled (id int, text text)");
  const stop = new AbortController();
  const writing = (async () => {
    let last = "";
    while (!stop.signal.aborted || last === "") {
      await postgres.sql("insert into filled select i, repeat(md5(i::text), 40) from generate_series(1, 100) i");
      last = await postgres.sql("select pg_walfile_name(pg_switch_wal())");
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  })();
  await killAtRandom(site, { word: "LogLevel=error", count: KILLS, random: randomNumbers(SEED) });
  stop.abort();
  await writing;
  const last = await postgres.sql("select pg_walfile_name(pg_switch_wal())");
  await until("everything to be archived", async () => {
    if (await postgres.sql("select last_archived_wal from pg_stat_archiver") >= last) return true;
    // After three failures PostgreSQL sleeps for a minute, unless there is more.
    if (Math.random() < 0.1) await postgres.sql("insert into filled values (-1, ''); select pg_switch_wal()");
    return false;
  }, 90);
  const names = stored(host);
  assertEquals(breaksIn(names), [], "no hole, nothing twice");
  await postgres.stop();
  await quiet(site);

  for (const name of names.slice(0, 6)) {
    const ended = await site.backrest(["archive-get", name, "pg_wal/RECOVERYXLOG"], { cwd: postgres.folder });
    assertEquals(ended.code, 0, ended.stdout);
  }
  await until("segments ahead", () => spooled(site, "in").filter((name) => !name.endsWith(".tmp")).length > 0);
  await quiet(site);
  assertEquals(namesIn(site.path("lock")), []);
});
