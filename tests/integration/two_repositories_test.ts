/** One cluster with a backup in each of two repositories. */
import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { labelsIn } from "../rig/repository.ts";
import { makeSite, STANZA } from "../rig/site.ts";
import { makeStillCluster, restorePlaces } from "../rig/still_cluster.ts";

Deno.test("restore names the repository with the newer backup, and takes it when told to", async () => {
  await using site = makeSite("two-repositories");
  const second = { "repo2-path": site.path("repo2"), "repo2-retention-full": "2" };
  site.configure({ global: { ...second, "process-max": "1" }, [STANZA]: { "pg1-path": site.path("pg") } });
  await makeStillCluster(site);
  await site.mustBackrest(["stanza-create", "--no-online"]);
  for (const repo of ["1", "2"]) await site.mustBackrest(["backup", "--no-online", "--type=full", `--repo=${repo}`]);
  const [[older], [newer]] = [labelsIn(site), labelsIn(site, "repo2")];
  assertEquals(older! < newer!, true, `${older} and ${newer}`);
  const restore = (below: string, args: string[]) =>
    site.mustBackrest([
      "restore",
      "--type=none",
      ...restorePlaces(site, below),
      ...args,
    ]);
  const first = await restore("first", []);
  assertMatch(first, new RegExp(`repo1: restore backup set ${older}`));
  assertMatch(
    first,
    new RegExp(`WARN: repo2: backup set '${newer}' is newer than '${older}' of repo1.*--repo=2 or --set-choice=newest`),
  );
  const newest = await restore("newest", ["--set-choice=newest"]);
  assertMatch(newest, new RegExp(`repo2: restore backup set ${newer}`));
  assertNotMatch(newest, /WARN: repo/);
});
