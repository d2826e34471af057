import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { promoted } from "../rig/content.ts";
import { archived, backupPath, damage, filesBelow, labelsIn } from "../rig/repository.ts";
import { makeRepositoryHost } from "../rig/repository_host.ts";

Deno.test("the main job over ssh: create, check, push, back up, get, restore", async () => {
  await using hosts = await makeRepositoryHost("repohost");
  const { postgres, site } = hosts;
  assertStringIncludes(await site.mustBackrest(["check"]), "on repo1");
  await postgres.sql("create table t as select g from generate_series(1, 10000) g");
  const label = await hosts.backup();
  assertEquals(labelsIn(site, "there/repo"), [label]);
  assert(archived(site, "there/repo").length >= 2);
  assertStringIncludes(await hosts.mustThere(["info"]), label);
  assertEquals(await site.mustBackrest(["info", "--output=json"]), await hosts.mustThere(["info", "--output=json"]));
  await postgres.sql("delete from t where g > 5000");
  await postgres.sql("select pg_switch_wal()");
  await postgres.stop();
  await site.mustBackrest(["restore", "--delta"]);
  await postgres.start();
  await promoted(postgres);
  assertEquals(await postgres.sql("select count(*) from t"), "5000");
});

Deno.test("everything else that works on a repository works over ssh", async () => {
  await using hosts = await makeRepositoryHost("repohost-rest");
  const { postgres, site } = hosts;
  const labels = [await hosts.backup()];
  await postgres.sql("create table t as select g from generate_series(1, 10000) g");
  const diff = await site.mustBackrest(["backup", "--type=diff"]);
  const label = /new backup label = (\S+)/.exec(diff)![1]!;
  await site.mustBackrest(["annotate", `--set=${label}`, "--annotation=note=two words"]);
  assertStringIncludes(await site.mustBackrest(["info", `--set=${label}`]), "two words");
  assertEquals(await site.mustBackrest(["repo-ls", "backup/demo"]), await hosts.mustThere(["repo-ls", "backup/demo"]));
  const manifest = `backup/demo/${label}/backup.manifest`;
  assertEquals(await site.mustBackrest(["repo-get", manifest]), await hosts.mustThere(["repo-get", manifest]));
  assertEquals(await site.mustBackrest(["manifest"]), await hosts.mustThere(["manifest"]));
  await site.mustBackrest(["verify"]);
  damage(`${backupPath(site, label, "there/repo")}/pg_data/global/pg_control.gz`);
  const verified = await site.backrest(["verify"]);
  assertEquals(verified.code, 26, verified.stdout);
  assertStringIncludes(verified.stdout, "pg_control");
  for (let i = 0; i < 2; i++) labels.push(await hosts.backup());
  assertEquals(labelsIn(site, "there/repo"), labels.slice(1));
  await site.mustBackrest(["stanza-upgrade"]);
  // In one pass to a repository there and to one here.
  hosts.configure({ ...hosts.reached, "repo2-path": site.path("here"), "repo2-retention-full": "2" });
  await site.mustBackrest(["stanza-create"]);
  const both = await site.mustBackrest(["backup", "--type=full", "--all-repos"]);
  const one = /repo1: new backup label = (\S+)/.exec(both)?.[1];
  assertEquals([labelsIn(site, "there/repo").at(-1), labelsIn(site, "here")], [one, [one]]);
  for (const repo of [1, 2]) await site.mustBackrest(["verify", `--repo=${repo}`, `--set=${one}`]);
  await postgres.stop();
  await site.mustBackrest(["stop"]);
  await site.mustBackrest(["stanza-delete", "--repo=1"]);
  assertEquals(filesBelow(site.path("there/repo")), []);
});
