/** A cluster that does not hold still while it is copied. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { contentOf, promoted } from "../rig/content.ts";
import { attach } from "../rig/postgres.ts";
import { executable, until } from "../rig/program.ts";
import { backupPath, filesBelow, labelsIn, namesIn } from "../rig/repository.ts";
import type { Site } from "../rig/site.ts";
import { makeStanza } from "../rig/stanza.ts";

/** Noise: the biggest file is copied first, and keeps a worker busy for a while. */
function addNoise(site: Site): void {
  site.write("pg/noise", "", 0o600);
  for (let i = 0; i < 384; i++) {
    Deno.writeFileSync(site.path("pg/noise"), crypto.getRandomValues(new Uint8Array(65536)), { append: true });
  }
}

Deno.test("tables that grow, shrink, come and go during a backup are right after the recovery", async () => {
  await using stanza = await makeStanza("moving", { global: { "process-max": "1" } });
  const { site, postgres } = stanza;
  addNoise(site);
  for (const table of ["grows", "shrinks", "goes", "stays"]) {
    await postgres.sql(
      `create table ${table} as select i, repeat('x', 200) as filling from generate_series(1, 3000) i`,
    );
  }
  await postgres.sql("create database fleeting");
  await postgres.sql("checkpoint");
  const gone = await postgres.sql("select pg_relation_filepath('goes')");
  const slow = ["--compress-type=gz", "--compress-level=9", "--log-level-console=detail"];
  await using running = site.start(["backup", "--type=full", ...slow]);
  await until("the first file", () => {
    const [label] = labelsIn(site);
    return label !== undefined && namesIn(`${backupPath(site, label)}/pg_data`).includes("noise.gz");
  });
  running.kill("SIGSTOP");
  await postgres.sql("drop table goes");
  await postgres.sql("drop database fleeting");
  await postgres.sql("insert into grows select i, 'more' from generate_series(1, 20000) i");
  await postgres.sql("truncate shrinks");
  await postgres.sql("create table comes as select i from generate_series(1, 3000) i");
  await postgres.sql("update stays set filling = 'changed' where i % 2 = 0");
  await postgres.sql("checkpoint");
  running.kill("SIGCONT");
  const ended = await running.ended;
  assertEquals(ended.code, 0, ended.stdout);
  assertStringIncludes(ended.stdout, `skip file removed by database ${postgres.folder}/${gone}\n`);
  assertEquals(ended.stdout.includes("WARN"), false, ended.stdout);
  const [label] = labelsIn(site);
  const manifest = Deno.readTextFileSync(`${backupPath(site, label!)}/backup.manifest`);
  assert(!manifest.includes(`pg_data/${gone}=`), "what is gone is not listed");

  const content = await contentOf(postgres);
  await postgres.sql("select pg_switch_wal()");
  await postgres.stop();
  await site.mustBackrest(["restore", `--pg1-path=${site.path("restored")}`]);
  await using restored = attach(site, "restored");
  await restored.start();
  await promoted(restored);
  assertEquals(await contentOf(restored), content);
  assertEquals(await restored.sql("select datname from pg_database where datname = 'fleeting'"), "");
});

Deno.test("pg_control is copied whole while the server writes it again and again", async () => {
  await using stanza = await makeStanza("moving-control");
  const { site, postgres } = stanza;
  await postgres.sql("create table t (i int)");
  let over = false;
  const checkpoints = (async () => {
    while (!over) await postgres.sql("insert into t values (1); checkpoint; checkpoint; checkpoint;");
  })();
  await stanza.backup();
  over = true;
  await checkpoints;
  await postgres.stop();
  await site.mustBackrest(["restore", `--pg1-path=${site.path("restored")}`]);
  await using restored = attach(site, "restored");
  await restored.start();
});

Deno.test("a backup whose WAL does not arrive fails and does not count, at its start or at its end", async () => {
  await using stanza = await makeStanza("no-wal", { gate: true, global: { "archive-timeout": "2" } });
  const { site } = stanza;
  stanza.openGate();
  addNoise(site);
  await using running = site.start(["backup", "--type=full", "--compress-type=gz", "--compress-level=9"]);
  await until("the first folder", () => labelsIn(site).length === 1);
  await Deno.remove(site.path("open"));
  const end = await running.ended;
  assertEquals(end.code, 82, end.stdout);
  assertMatch(
    end.stdout,
    /\[082\]: WAL segment \w{24} was not archived to repo1 before the 2000ms timeout\n +HINT: check/,
  );
  const [label] = labelsIn(site);
  const left = filesBelow(backupPath(site, label!));
  assert(!left.includes("backup.manifest"));

  const start = await site.backrest(["backup", "--type=full"]);
  assertEquals([start.code, labelsIn(site), filesBelow(backupPath(site, label!))], [82, [label], left], start.stdout);
  assertStringIncludes(await site.mustBackrest(["info"]), "no valid backups");
  stanza.openGate();
  await stanza.backup(["--archive-timeout=30"]);
  assertEquals(labelsIn(site).length, 1);
});

Deno.test("a signal ends a backup that waits for a slow checkpoint", async () => {
  await using stanza = await makeStanza("slow-checkpoint", {
    postgres: { settings: { checkpoint_timeout: "30min", checkpoint_completion_target: "0.9" } },
  });
  const { site, postgres } = stanza;
  await postgres.sql("create table t as select i, repeat('x', 500) from generate_series(1, 20000) i");
  await using running = site.start(["backup", "--type=full", "--no-start-fast"]);
  const waits =
    "select count(*) from pg_stat_activity where query like '%pg_backup_start%' and application_name like 'pgB%'";
  await until("the wait for the checkpoint", async () => await postgres.sql(waits) === "1");
  const asked = performance.now();
  running.kill("SIGTERM");
  const ended = await running.ended;
  assertEquals([ended.code, namesIn(site.path("lock")), labelsIn(site)], [63, [], []], ended.stdout);
  assert(performance.now() - asked < 3000, `${performance.now() - asked} ms`);
});

Deno.test("a standby alone is no cluster to back up yet", async () => {
  await using stanza = await makeStanza("standby-only");
  const { site, postgres } = stanza;
  const label = await stanza.backup();
  await postgres.stop();
  await site.mustBackrest(["restore", "--delta", "--type=standby"]);
  await postgres.start();
  const ended = await site.backrest(["backup", "--type=full"]);
  assertEquals([ended.code, labelsIn(site)], [56, [label]], ended.stdout);
  assertStringIncludes(ended.stdout, "HINT: only a standby answered");
});

Deno.test("WAL that cannot be whole is not taken for archived", async () => {
  await using stanza = await makeStanza("wal-cut", {
    global: { "archive-timeout": "10" },
    postgres: { archiver: "none", settings: { archive_mode: "on", wal_level: "replica" } },
  });
  const { site, postgres } = stanza;
  for (const [size, type] of [[5, "none"], [0, "gz"]] as const) {
    // Stands for a file system that kept the name and lost the bytes; made aside, for nobody must see the segment whole.
    const [repo, aside] = [site.path("repo"), site.path("aside")];
    const script = `#!/bin/sh\n# pgbackrest\nset -e\ntest -d ${aside} || cp -a ${repo} ${aside}\n` +
      `${executable()} --config=${site.path("pgbackrest.conf")} --stanza=demo --repo1-path=${aside} ` +
      `--compress-type=${type} archive-push "$1"\ncd ${aside}\n` +
      `find archive/demo -name "$(basename "$1")-*" -exec truncate -s ${size} {} ";" -exec cp --parents {} ${repo} ";"\n`;
    site.write(`lossy-pgbackrest-${type}`, script, 0o755);
    await postgres.sql(`alter system set archive_command = '${site.path(`lossy-pgbackrest-${type}`)} "%p"'`);
    await postgres.sql("select pg_reload_conf()");
    const ended = await site.backrest(["backup", "--type=full"]);
    assertEquals(ended.code, 28, ended.stdout);
    assertMatch(ended.stdout, new RegExp(`has ${size} bytes, expected ${size === 5 ? 16777216 : "more"}`));
  }
});
