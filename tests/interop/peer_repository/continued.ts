/** We read, restore and continue a repository that the peer has written. */
import { assertEquals } from "@std/assert";
import { contentOf } from "../../rig/content.ts";
import type { Postgres } from "../../rig/postgres.ts";
import { executable } from "../../rig/program.ts";
import { makeSite, PEER, type Site } from "../../rig/site.ts";
import { archiveCommand, assertSameInfo, assertVerified, configureBoth, labelFolders } from "../judgement.ts";
import { assertRecovered, insert, linkedPartsOf, startOddCluster } from "../odd_cluster.ts";
import { assertRestoredAlike } from "../restored_pair.ts";
import { differences } from "../tree.ts";

/** Registers the test of a repository that the peer writes with this compress-type and these options. */
export function testContinued(type: string, options: string[]): void {
  const name = [`compress-type ${type}`, ...options].join(" ");
  Deno.test(`we restore and continue what pgbackrest wrote with ${name}`, async () => {
    await using site = makeSite(`theirs-${type}`);
    configureBoth(site);
    const peerOptions = [`--compress-type=${type}`, ...options];
    const archiver = `${PEER} --compress-type=${type}`;
    await using odd = await startOddCluster(site, { archiver });
    const { postgres } = odd;
    await site.mustPeer(["stanza-create"]);
    await site.mustBackrest(["check"]);
    const notes = ['--annotation=note=a "quoted" =[ü]', "--annotation=other=x"];
    for (const [backup, more] of [["full", ["--archive-copy"]], ["diff", notes], ["incr", []]] as const) {
      await site.mustPeer(["backup", `--type=${backup}`, ...peerOptions, ...more]);
      await insert(postgres, `after the ${backup} backup`);
    }
    const { backup: set } = await assertSameInfo(site);
    assertEquals(set.map(({ type }) => type), ["full", "diff", "incr"]);
    const content = await contentOf(postgres);
    await postgres.stop();
    for (const { label } of set) await assertRestoredAlike(site, label);
    odd.removeForeign();
    const linked = await linkedPartsOf(site);
    odd.wipe();
    await site.mustBackrest(["restore", "--link-all"]);
    assertEquals(differences(linked, await linkedPartsOf(site)), []);
    await assertRecovered(postgres, content);

    await continueWithOurs(site, postgres, set.map(({ label }) => label));
  });
}

/** Lets another program archive from now on. */
export async function archiveWith(site: Site, postgres: Postgres, program: string): Promise<void> {
  postgres.configure({ archive_command: archiveCommand(site, program) });
  await postgres.sql("select pg_reload_conf()");
}

/** WAL pushed by us, an incremental backup on theirs, the next full one and what expires by it, and a restore of that. */
async function continueWithOurs(site: Site, postgres: Postgres, theirs: string[]): Promise<void> {
  await archiveWith(site, postgres, executable());
  await site.mustBackrest(["backup", "--type=incr"]);
  await site.mustBackrest(["backup", "--type=full"]);
  const { backup: all } = await assertSameInfo(site);
  const [incr, ours] = all.slice(-2).map(({ label }) => label);
  assertEquals(all.map(({ label }) => label), [...theirs, incr!, ours!]);
  assertEquals(all.at(-2)!.prior, theirs.at(-1));
  await assertVerified(site, [...theirs, incr!, ours!]);
  await assertRestoredAlike(site, incr!);
  await site.mustBackrest(["expire", "--repo1-retention-full=1"]);
  const { backup: left } = await assertSameInfo(site);
  assertEquals([left.map(({ label }) => label), labelFolders(site)], [[ours], [ours]]);
  await assertVerified(site, [ours!]);
  await insert(postgres, "after our backup");
  const content = await contentOf(postgres);
  await postgres.stop();
  await site.mustBackrest(["restore", "--delta", "--link-all"]);
  await assertRecovered(postgres, content);
}
