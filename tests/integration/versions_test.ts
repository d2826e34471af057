/**
 * Every version of PostgreSQL: full, incremental and point in time, with everything a data folder can hold, and a stanza that
 * goes from the oldest to the newest. POSTGRES_VERSIONS says which, with commas; `scripts/soak versions` runs all.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { contentOf, laterMoment, promoted } from "../rig/content.ts";
import { attach, type Postgres, startPostgres } from "../rig/postgres.ts";
import type { Site } from "../rig/site.ts";
import { makeStanza } from "../rig/stanza.ts";

const VERSIONS = (Deno.env.get("POSTGRES_VERSIONS") ?? "12,18").split(",");

/** Tablespace, toast, an unlogged and an empty table, a database of its own, configuration outside of the data folder. */
async function furnish(site: Site, postgres: Postgres): Promise<void> {
  for (const folder of ["side", "etc"]) site.makeFolder(folder);
  await Deno.rename(site.path("pg/pg_ident.conf"), site.path("etc/pg_ident.conf"));
  await site.link(site.path("etc/pg_ident.conf"), "pg/pg_ident.conf");
  await postgres.sql(`create tablespace side location '${site.path("side")}'`);
  for (
    const statement of [
      "create table t as select i, md5(i::text) as filling from generate_series(1, 5000) i",
      "create table elsewhere tablespace side as select i from generate_series(1, 1000) i",
      "create table wide (v text)",
      "alter table wide alter v set storage external",
      "insert into wide select string_agg(md5(i::text), '') from generate_series(1, 2000) i",
      "create unlogged table fleeting as select i from generate_series(1, 100) i",
      "create table empty (i int)",
      "create database second",
    ]
  ) await postgres.sql(statement);
  await postgres.sql("create table own as select 'in another database'::text as what", "second");
}

for (const [i, version] of VERSIONS.entries()) {
  // Of few versions one has page checksums and the next one has not; of many each has both.
  for (const checksums of VERSIONS.length > 2 ? [true, false] : [i % 2 === 1]) {
    const kind = `${checksums ? "with" : "without"} page checksums`;
    Deno.test(`a cluster of PostgreSQL ${version} ${kind} comes back as it was at a moment`, async () => {
      await using stanza = await makeStanza(`version-${version}-${checksums}`, {
        global: { "process-max": "2", "compress-type": "zst" },
        postgres: { version, checksums, walFolder: "wal" },
      });
      const { site, postgres } = stanza;
      await furnish(site, postgres);
      await site.mustBackrest(["check"]);
      const full = await stanza.backup();
      await postgres.sql("insert into t select i, 'incr' from generate_series(1, 2000) i");
      await site.mustBackrest(["backup", "--type=incr"]);
      await postgres.sql("insert into t values (0, 'after the backups')");
      const { ["public.fleeting"]: _, ...before } = await contentOf(postgres);
      const inSecond = await contentOf(postgres, "second");
      const moment = await laterMoment(postgres);
      await postgres.sql("drop table t, wide");
      await postgres.sql("select pg_switch_wal()");
      await postgres.stop();

      await site.mustBackrest(["verify"]);
      const target = ["--type=time", `--target=${moment}`, "--target-action=promote"];
      await site.mustBackrest(["restore", "--delta", "--link-all", ...target]);
      await postgres.start();
      await promoted(postgres);
      const { ["public.fleeting"]: fleeting, ...after } = await contentOf(postgres);
      assertEquals(after, before);
      assertEquals(fleeting, "0 rows, -");
      assertEquals(await contentOf(postgres, "second"), inSecond);
      const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
      assertEquals([info.db[0].version, info.backup.length, info.backup[0].label], [version, 2, full]);
      assertEquals(info.backup.map(({ error }: { error: boolean }) => error), [false, false]);
    });
  }
}

/** Takes the data folder of one cluster away and starts one of another version in its place. */
async function replaceCluster(site: Site, old: Postgres, version: string): Promise<Postgres> {
  await old.stop();
  await Deno.remove(site.path("pg"), { recursive: true });
  return await startPostgres(site, { version });
}

Deno.test(`a stanza goes on from PostgreSQL ${VERSIONS[0]} to ${VERSIONS.at(-1)}, and both can be restored`, async () => {
  const [first, last] = [VERSIONS[0]!, VERSIONS.at(-1)!];
  await using stanza = await makeStanza("version-upgrade", { postgres: { version: first } });
  const { site, postgres } = stanza;
  await postgres.sql("create table t as select 'old' as what");
  const old = await stanza.backup();
  await postgres.sql("select pg_switch_wal()");
  await using next = await replaceCluster(site, postgres, last);
  await next.sql("create table t as select 'new' as what");
  const refused = await site.backrest(["backup", "--type=full"]);
  assertEquals(refused.code, 51, refused.stdout);
  assertStringIncludes(refused.stdout, "stanza-upgrade");
  await site.mustBackrest(["stanza-upgrade"]);
  await site.mustBackrest(["check"]);
  const said = await site.mustBackrest(["backup", "--type=incr"]);
  assertStringIncludes(said, "no prior backup exists, incr backup has been changed to full");
  await next.sql("select pg_switch_wal()");
  await next.stop();
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertEquals(info.db.map(({ id, version }: { id: number; version: string }) => [id, version]), [[1, first], [
    2,
    last,
  ]]);
  for (const [set, what] of [[old, "old"], [info.backup.at(-1).label, "new"]]) {
    const below = `pg-${what}`;
    await site.mustBackrest([
      "restore",
      `--set=${set}`,
      `--pg1-path=${site.path(below)}`,
      "--type=immediate",
      "--target-action=promote",
    ]);
    await using restored = attach(site, below);
    await restored.start();
    await promoted(restored);
    assertEquals(await restored.sql("select what from t"), what);
    assert((await restored.sql("show server_version")).startsWith(what === "old" ? first : last));
  }
});
