/** The peer judges and uses a repository that we have written. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { contentOf } from "../rig/content.ts";
import { startPostgres } from "../rig/postgres.ts";
import { casesOf } from "../rig/long_form.ts";
import { makeSite } from "../rig/site.ts";
import { assertSameInfo, assertVerified, configureBoth, labelFolders } from "./judgement.ts";
import { assertRecovered, insert, startOddCluster } from "./odd_cluster.ts";
import { assertRestoredAlike } from "./restored_pair.ts";

/** Segments of other sizes have other numbers in their names. */
const CASES = casesOf(
  [{ type: "gz", walSegmentSize: 16 }],
  [{ type: "zst", walSegmentSize: 64 }, { type: "none", walSegmentSize: 1 }],
);

for (const { type, walSegmentSize } of CASES) {
  Deno.test(`pgbackrest checks, verifies, restores and continues what we wrote with compress-type ${type}`, async () => {
    await using site = makeSite(`ours-${type}`);
    configureBoth(site, { "compress-type": type });
    await using odd = await startOddCluster(site, { walSegmentSize });
    const { postgres } = odd;
    await site.mustBackrest(["stanza-create"]);
    await site.mustBackrest(["check"]);
    await site.mustPeer(["check"]);
    await site.mustBackrest(["backup", "--type=full"]);
    const [full] = (await assertSameInfo(site)).backup;
    assertEquals([full!.type, full!.error], ["full", true]);
    await assertVerified(site, [full!.label]);

    await insert(postgres, "after the full backup");
    const afterFull = await contentOf(postgres);
    await postgres.stop();
    await assertRestoredAlike(site, full!.label);
    odd.wipe();
    await site.mustPeer(["restore", "--link-all"]);
    await assertRecovered(postgres, afterFull);

    await insert(postgres, "before the differential backup");
    await site.mustPeer(["backup", "--type=diff"]);
    await insert(postgres, "before the incremental backup");
    await site.mustPeer(["backup", "--type=incr"]);
    const { backup: set } = await assertSameInfo(site);
    assertEquals(set.map(({ type, prior }) => [type, prior]), [
      ["full", null],
      ["diff", full!.label],
      ["incr", set[1]!.label],
    ]);
    await assertVerified(site, set.map(({ label }) => label));
    await insert(postgres, "after the incremental backup");
    const afterIncr = await contentOf(postgres);
    await postgres.stop();
    await assertRestoredAlike(site, set[2]!.label);
    await site.mustPeer(["restore", "--delta", "--link-all"]);
    await assertRecovered(postgres, afterIncr);

    await site.mustPeer(["backup", "--type=full", "--repo1-retention-full=1"]);
    const { backup: left } = await assertSameInfo(site);
    assertEquals(left.map(({ type }) => type), ["full"]);
    assertEquals(labelFolders(site), [left[0]!.label]);
    await assertVerified(site, [left[0]!.label]);
  });
}

Deno.test({
  name: "neither program restores over a file of another user",
  ignore: Deno.uid() !== 0, // only root can give files away
  fn: async () => {
    await using site = makeSite("foreign");
    configureBoth(site);
    await using postgres = await startPostgres(site);
    await site.mustBackrest(["stanza-create"]);
    await site.mustBackrest(["backup", "--type=full"]);
    await postgres.stop();
    Deno.chownSync(site.path("pg/PG_VERSION"), 54321, 54321);
    Deno.chmodSync(site.path("pg/PG_VERSION"), 0o644);
    for (const restore of [site.backrest, site.peer]) {
      const { code, stdout, stderr } = await restore(["restore", "--delta"]);
      assertEquals(code, 88, stdout + stderr);
      assertStringIncludes(stdout + stderr, `'${site.path("pg/PG_VERSION")}'`);
    }
  },
});
