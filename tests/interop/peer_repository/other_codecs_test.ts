/** We read what the peer has written with codecs that only one of the forms needs. */
import { assertEquals } from "@std/assert";
import { contentOf } from "../../rig/content.ts";
import { makeSite, PEER } from "../../rig/site.ts";
import { assertSameInfo, configureBoth } from "../judgement.ts";
import { assertRecovered, insert, startOddCluster } from "../odd_cluster.ts";
import { assertRestoredAlike } from "../restored_pair.ts";
import { archiveWith } from "./continued.ts";

Deno.test("we restore what pgbackrest wrote with lz4 and bz2, running or stopped, and fetch WAL compressed so", async () => {
  await using site = makeSite("theirs-lz4-bz2");
  configureBoth(site, { "repo1-retention-full": "9" });
  await using odd = await startOddCluster(site, { archiver: `${PEER} --compress-type=lz4` });
  const { postgres } = odd;
  await site.mustPeer(["stanza-create"]);
  await site.mustPeer(["backup", "--type=full", "--compress-type=bz2", "--compress-level=1"]);
  await site.mustPeer(["backup", "--type=full", "--compress-type=lz4", "--repo1-bundle"]);
  await insert(postgres, "after the full backup");
  await site.mustPeer(["backup", "--type=incr", "--repo1-bundle"]);
  await insert(postgres, "after the incremental backup");
  await archiveWith(site, postgres, `${PEER} --compress-type=bz2`);
  await postgres.sql("select pg_switch_wal()");
  await insert(postgres, "in another segment");
  const content = await contentOf(postgres);
  await postgres.stop();
  await site.mustPeer(["backup", "--no-online", "--type=full", "--compress-type=lz4"]);
  const { backup: list } = await assertSameInfo(site);
  assertEquals(list.map(({ type }) => type), ["full", "full", "incr", "full"]);
  assertEquals(list[3]!.archive.start, null);
  for (const { label } of list) await assertRestoredAlike(site, label);
  odd.wipe();
  await site.mustBackrest(["restore", "--link-all", `--set=${list[2]!.label}`]);
  await assertRecovered(postgres, content);
  const extensions = [...Deno.readDirSync(site.path("repo/archive/demo/15-1/0000000100000000"))].map(({ name }) =>
    name.split(".").at(-1)!
  );
  assertEquals([...new Set(extensions)].sort(), ["backup", "bz2", "lz4"]);
});
