/** A repository on another host that pgbackrest of that host works on as well. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { contentOf, promoted } from "../rig/content.ts";
import { attach } from "../rig/postgres.ts";
import { succeed, until } from "../rig/program.ts";
import { labelsIn } from "../rig/repository.ts";
import { makeRepositoryHost, type RepositoryHost } from "../rig/repository_host.ts";
import { PEER, STANZA } from "../rig/site.ts";
import { hostOptions } from "../rig/sshd.ts";

/** A configuration of the repository host for the peer: of the other host it calls the peer, and `changes` come last. */
function peerOf({ site }: RepositoryHost, name: string, changes: (text: string) => string) {
  const text = Deno.readTextFileSync(site.path("there/backrest.conf"));
  site.write(`there/${name}`, changes(text));
  const base = [`--config=${site.path(`there/${name}`)}`, `--stanza=${STANZA}`];
  return (...args: string[]) => succeed(PEER, [...base, ...args]);
}

/** The peer of the database host as it reaches the repository: through the peer of that host. */
function peerHere({ site, sshd }: RepositoryHost): string {
  const there = hostOptions(sshd, "repo1", PEER, site.path("there/alone.conf"));
  const text = Deno.readTextFileSync(site.path("pgbackrest.conf")).replaceAll(/repo1-(host.*|path)=.*\n/g, "");
  const lines = Object.entries(there).map(([key, value]) => `${key}=${value}`);
  site.write("peer-here.conf", text.replace("[global]", ["[global]", ...lines].join("\n")));
  return `${PEER} --config=${site.path("peer-here.conf")} --stanza=${STANZA}`;
}

Deno.test("over ssh ours fills a repository that pgbackrest of its host lists, verifies, continues and restores", async () => {
  await using hosts = await makeRepositoryHost("peer-there");
  const { postgres, site } = hosts;
  const theirs = peerOf(hosts, "peer.conf", (text) => text.replace(/pg1-host-cmd=.*/, `pg1-host-cmd=${PEER}`));
  const alone = peerOf(hosts, "alone.conf", (text) =>
    text.replaceAll(/pg1-(host|socket).*\n/g, "")
      .replace(/pg1-path=.*/, `pg1-path=${site.path("there/pg")}`));
  await postgres.sql("create table t as select g from generate_series(1, 10000) g");
  const full = await hosts.backup();
  await postgres.sql("delete from t where g > 5000");
  assertStringIncludes(await theirs("info"), `full backup: ${full}`);
  await theirs("check");
  assertStringIncludes(await theirs("backup", "--type=diff"), `last backup label = ${full}`);
  // From here on the peer of the database host brings WAL and gets it; ours of the repository host waits for it.
  const peer = peerHere(hosts);
  await postgres.sql(`alter system set archive_command = '${peer} archive-push "%p"'`);
  await postgres.sql("select pg_reload_conf()");
  await until("the peer archives", async () => (await postgres.sql("show archive_command")).includes(PEER));
  await postgres.sql("insert into t select 7");
  await hosts.mustThere(["backup", "--type=incr"]);
  const labels = labelsIn(site, "there/repo");
  assertEquals(labels.length, 3);
  const verified = await theirs("verify", "--output=text", "--verbose");
  for (const label of labels) assertStringIncludes(verified, `backup: ${label}, status: valid`);
  await site.mustBackrest(["verify"]);
  await postgres.sql("insert into t select 8");
  await postgres.sql("select pg_switch_wal()");
  const content = await contentOf(postgres);
  await postgres.stop();

  const fetch = `restore_command=${peer} archive-get %f "%p"`;
  await site.mustBackrest(["restore", "--delta", `--set=${labels[1]}`, `--recovery-option=${fetch}`]);
  await postgres.start();
  await promoted(postgres);
  assertEquals(await contentOf(postgres), content, "ours restores the backup of the peer over ssh, the peer gets WAL");
  await postgres.stop();

  site.makeFolder("there/pg", 0o700);
  assert((await alone("restore", `--set=${labels[2]}`, "--archive-mode=off")).includes(labels[2]!));
  await using restored = attach(site, "there/pg");
  await restored.start();
  await promoted(restored);
  assertEquals(await contentOf(restored), content, "the peer restores the backup that ours made over ssh");
});
