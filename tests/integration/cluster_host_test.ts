import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertComesBack } from "../rig/content.ts";
import { until } from "../rig/program.ts";
import { damage, labelsIn } from "../rig/repository.ts";
import { casesOf } from "../rig/long_form.ts";
import { makeRepositoryHost, type RepositoryHost } from "../rig/repository_host.ts";

const SEALED = { "repo1-cipher-type": "aes-256-cbc", "repo1-cipher-pass": "correct horse battery staple" };

/** How the repository host stores; without more than the first it is as in the tests of standbys. */
const FORMS = casesOf<{ form: string; options: Record<string, string> }>([
  { form: "encrypted blocks", options: { ...SEALED, "repo1-bundle": "y", "repo1-block": "y" } },
], [{ form: "plain files", options: {} }, { form: "bundles", options: { "repo1-bundle": "y" } }]);

for (const { form, options } of FORMS) {
  Deno.test(`the repository host drives: create, check, back up ${form}, and what it made restores on the database host`, async () => {
    await using hosts = await makeRepositoryHost("pghost", {
      create: false,
      there: { "process-max": "2", ...options },
    });
    const { postgres, site } = hosts;
    site.makeFolder("space");
    await postgres.sql(`create tablespace ts location '${site.path("space")}'`);
    await postgres.sql("create table t tablespace ts as select g from generate_series(1, 10000) g");
    await postgres.sql("create table wide as select g, repeat('x', 500) x from generate_series(1, 8000) g");
    await hosts.mustThere(["stanza-create"]);
    assertStringIncludes(await hosts.mustThere(["check"]), "successfully archived");
    const said = await hosts.mustThere(["backup", "--type=full"]);
    assertStringIncludes(said, "new backup label");
    await postgres.sql("insert into t select 7");
    await postgres.sql("update wide set x = 'changed' where g = 4000");
    await hosts.mustThere(["backup", "--type=diff", "--delta"]);
    await postgres.sql("update wide set x = 'again' where g = 8000");
    await hosts.mustThere(["backup", "--type=incr"]);
    const labels = labelsIn(site, "there/repo");
    assertEquals(labels.length, 3);
    const path = await postgres.sql("select pg_relation_filepath('wide')");
    const [full, , incr] = await Promise.all(labels.map((label) => storedSizeThere(hosts, label, path)));
    if ("repo1-block" in options) assert(incr! < full! / 5, `${incr} of ${full} bytes stored again of one table`);
    await hosts.mustThere(["verify"]);
    await assertComesBack(postgres, () => site.mustBackrest(["restore", "--delta"]));
  });
}

/** Bytes that a backup has stored of a file. */
async function storedSizeThere(hosts: RepositoryHost, label: string, path: string): Promise<number> {
  const manifest = await hosts.mustThere(["repo-get", `backup/demo/${label}/backup.manifest`]);
  const line = manifest.split("\n").find((each) => each.startsWith(`pg_data/${path}=`))!;
  const { "repo-size": stored, size } = JSON.parse(line.slice(line.indexOf("=") + 1));
  return stored ?? size;
}

Deno.test("pages are checked on the database host, small files bundled on the way", async () => {
  const there = { "repo1-bundle": "y", "compress-type": "zst" };
  await using hosts = await makeRepositoryHost("pghost-pages", { there });
  const { postgres, site } = hosts;
  const second = { "repo2-path": site.path("there/repo2"), "repo2-bundle": "y", "repo2-cipher-type": "aes-256-cbc" };
  hosts.configureThere({ ...there, ...second, "repo2-cipher-pass": "second", "repo2-retention-full": "2" });
  await hosts.mustThere(["stanza-create"]);
  await postgres.sql("create table t as select g from generate_series(1, 1000) g");
  await postgres.sql("create table big as select g, repeat('x', 100) x from generate_series(1, 50000) g");
  await postgres.sql("checkpoint");
  const path = await postgres.sql("select pg_relation_filepath('t')");
  const big = await postgres.sql("select pg_relation_filepath('big')");
  damage(site.path(`pg/${path}`), 8192 * 2 + 4000);
  damage(site.path(`pg/${big}`), 8192 * 300 + 4000);
  // WAL goes to the first repository only.
  const said = await hosts.mustThere(["backup", "--all-repos", "--no-archive-check"]);
  for (const repo of ["repo1", "repo2"]) {
    assertStringIncludes(said, `${repo}: invalid page checksum found in file ${site.path(`pg/${path}`)} at page 2`);
    assertStringIncludes(said, `${repo}: invalid page checksum found in file ${site.path(`pg/${big}`)} at page 300`);
    assertMatch(said, new RegExp(`${repo}: new backup label = ${labelsIn(site, "there/repo2")[0]}`));
    await hosts.mustThere(["verify", `--repo=${repo.at(-1)}`]);
  }
  assertStringIncludes(await hosts.mustThere(["info", "--output=json"]), '"error":true');
});

Deno.test("a backup whose connection to the database host is cut ends, and PostgreSQL drops it", async () => {
  await using hosts = await makeRepositoryHost("pghost-cut", { gate: true });
  const { postgres, site } = hosts;
  const backup = hosts.startThere(["backup", "--archive-timeout=60"]);
  await using _ = backup;
  const sessions = "select count(*) from pg_stat_activity where application_name like 'pgBackRest%'";
  await until("the backup waits for WAL", async () => await postgres.sql(sessions) === "1");
  const remotes = hosts.remotes({ serves: "pg", process: 0 });
  assertEquals(remotes.length, 1);
  Deno.kill(remotes[0]!, "SIGKILL");
  const ended = await backup.ended;
  assertEquals(ended.code, 39, ended.stdout);
  assertStringIncludes(ended.stdout, "connection to host '127.0.0.1' ended");
  await until("PostgreSQL has no backup any more", async () => await postgres.sql(sessions) === "0");
  assert(labelsIn(site, "there/repo").length === 0);
  hosts.openGate();
});
