/** A stanza that has changed its cluster: backups and WAL of both lie in one repository. */
import { assertEquals } from "@std/assert";
import { contentOf } from "../rig/content.ts";
import { startPostgres } from "../rig/postgres.ts";
import { makeSite, type Site } from "../rig/site.ts";
import { assertSameInfo, assertVerified, configureBoth } from "./judgement.ts";
import { assertRecovered, insert } from "./odd_cluster.ts";

/** Starts a new cluster in the place of any other; returns it with a table. */
async function startCluster(site: Site, rows: number): ReturnType<typeof startPostgres> {
  Deno.removeSync(site.path("pg"), { recursive: true });
  const postgres = await startPostgres(site);
  await postgres.sql(`create table added as select i from generate_series(1, ${rows}) as i`);
  return postgres;
}

Deno.test("after a stanza-upgrade both programs list and restore the backups of both clusters", async () => {
  await using site = makeSite("upgrade");
  configureBoth(site);
  site.makeFolder("pg");
  await using first = await startCluster(site, 10);
  await site.mustBackrest(["stanza-create"]);
  await site.mustBackrest(["backup", "--type=full"]);
  await insert(first, "in the first cluster");
  const inFirst = await contentOf(first);
  await first.stop();

  await using second = await startCluster(site, 20);
  for (
    const [run, args, code] of [
      [site.backrest, ["backup"], 51],
      [site.backrest, ["check"], 28],
      [site.backrest, ["stanza-create"], 28],
    ] as const
  ) assertEquals((await run([...args])).code, code, args[0]);
  await site.mustPeer(["stanza-upgrade"]);
  await site.mustBackrest(["check"]);
  await site.mustPeer(["check"]);
  await site.mustBackrest(["backup", "--type=full"]);
  await insert(second, "in the second cluster");
  const inSecond = await contentOf(second);
  await second.stop();

  const { archive, backup } = await assertSameInfo(site);
  assertEquals(archive.map(({ id }) => id), ["15-1", "15-2"]);
  await assertVerified(site, backup.map(({ label }) => label));
  await site.mustBackrest(["restore", "--delta", `--set=${backup[0]!.label}`]);
  await assertRecovered(first, inFirst);
  await first.stop();
  await site.mustBackrest(["restore", "--delta"]);
  await assertRecovered(second, inSecond);
});
