/** The main job from the first command to the restored cluster, once for every way of storing. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { casesOf } from "../rig/long_form.ts";
import { contentOf, laterMoment, promoted } from "../rig/content.ts";
import type { Postgres } from "../rig/postgres.ts";
import type { Site } from "../rig/site.ts";
import { makeStanza } from "../rig/stanza.ts";

/** Everything a data folder can hold that is not an ordinary file: links, tablespaces, unlogged and empty relations. */
async function furnish(site: Site, postgres: Postgres): Promise<void> {
  for (const folder of ["tablespace", "etc"]) site.makeFolder(folder);
  await Deno.rename(site.path("pg/pg_hba.conf"), site.path("etc/pg_hba.conf"));
  await site.link("../etc/pg_hba.conf", "pg/pg_hba.conf");
  site.makeFolder("pg/empty folder");
  site.write("pg/empty file", "");
  await postgres.sql(`create tablespace side location '${site.path("tablespace")}'`);
  for (
    const statement of [
      "create table big as select i, md5(i::text) || repeat('x', 200) as filling from generate_series(1, 20000) i",
      "create table elsewhere tablespace side as select i from generate_series(1, 1000) i",
      "create table empty (i int)",
      "create unlogged table fleeting as select i from generate_series(1, 1000) i",
      "create index on big (i) tablespace side",
      "create database second",
    ]
  ) await postgres.sql(statement);
  await postgres.sql("create table own as select 'in another database' as what", "second");
}

for (const type of casesOf(["zst"], ["none", "gz"])) {
  Deno.test(`a cluster comes back as it was at a moment, goes on, and is backed up again (${type})`, async () => {
    await using stanza = await makeStanza(`story-${type}`, {
      global: { "compress-type": type, "process-max": "2" },
      postgres: { walFolder: "wal" },
    });
    const { site, postgres } = stanza;
    await furnish(site, postgres);
    await site.mustBackrest(["check"]);
    await stanza.backup();

    await postgres.sql("insert into big select i, 'written after the backup' from generate_series(1, 3000) i");
    await postgres.sql("create table later as select 1 as i");
    const { fleeting: _, ...before } = unqualified(await contentOf(postgres));
    const inSecond = await contentOf(postgres, "second");
    const moment = await laterMoment(postgres);
    await postgres.sql("drop table big");
    await postgres.sql("select pg_switch_wal()");
    await postgres.stop();

    const target = ["--type=time", `--target=${moment}`, "--target-action=promote"];
    const said = await site.mustBackrest(["restore", "--delta", "--link-all", ...target]);
    assertMatch(said, /restore size = [0-9.]+MB, file total = \d+/);
    await postgres.start();
    await promoted(postgres);
    const { fleeting, ...after } = unqualified(await contentOf(postgres));
    assertEquals(after, before);
    assertEquals(fleeting, "0 rows, -", "an unlogged table is empty after a recovery");
    assertEquals(await contentOf(postgres, "second"), inSecond);
    assertEquals(Deno.readLinkSync(site.path("pg/pg_hba.conf")), "../etc/pg_hba.conf");
    assertEquals(Deno.readLinkSync(site.path("pg/pg_wal")), site.path("wal"));
    assertEquals([...Deno.readDirSync(site.path("pg/empty folder"))], []);
    assertEquals(Deno.readTextFileSync(site.path("pg/empty file")), "");

    await postgres.sql("insert into big values (0, 'on the second timeline')");
    const onSecond = await contentOf(postgres);
    const second = await stanza.backup();
    await postgres.sql("select pg_switch_wal()");
    await postgres.stop();
    await site.mustBackrest(["restore", "--delta", "--link-all"]);
    await postgres.start();
    await promoted(postgres);
    assertEquals(await contentOf(postgres), onSecond);
    assertEquals(await postgres.sql("select timeline_id from pg_control_checkpoint()"), "3");
    const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
    assertEquals(info.backup.length, 2);
    assertEquals(info.backup[1].label, second);
    assert(info.backup[1].archive.start.startsWith("00000002"), info.backup[1].archive.start);
  });
}

/** Tables of schema public without the schema. */
function unqualified(content: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(content).map(([name, hash]) => [name.replace("public.", ""), hash]));
}
