/** A backup that broke off goes on: what it had finished is proven and kept, of every type. */
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { contentOf, promoted } from "../rig/content.ts";
import { casesOf } from "../rig/long_form.ts";
import { attach } from "../rig/postgres.ts";
import { backupPath, damage, filesBelow, labelsIn } from "../rig/repository.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** Makes so many tables of a few pages, so that there is something to copy. */
async function addTables({ postgres }: Stanza, prefix: string, count: number): Promise<void> {
  await postgres.sql(
    `do $$ begin for n in 1..${count} loop execute format(
      'create table ${prefix}_%s as select i, md5(i::text) from generate_series(1, 500) i', n); end loop; end $$`,
  );
}

/** Kills a backup when it notes the nth batch of files as finished; returns the label of the folder it leaves. */
async function breakOff({ site }: Stanza, type: string, nth: number): Promise<string> {
  const before = labelsIn(site);
  const args = [`--type=${type}`, "--process-max=1", "--manifest-save-threshold=1B"];
  const killed = await site.killedAt("fdatasync", nth, ["backup", ...args]);
  assertEquals(killed.code, 128 + 9, `${type}: ${killed.stdout}`);
  return labelsIn(site).find((label) => !before.includes(label))!;
}

const RESUMED = /checksum resumed file/g;

Deno.test("a backup that was killed goes on under its label, and what it had finished is kept", async () => {
  await using stanza = await makeStanza("resume");
  const { site, postgres } = stanza;
  const cases = casesOf<[type: string, nth: number, least: number]>(
    [["full", 15, 75], ["incr", 3, 15]],
    [["diff", 3, 15]],
  );
  for (const [type, nth, least] of cases) {
    await addTables(stanza, type, 80);
    const label = await breakOff(stanza, type, nth);
    const said = await site.mustBackrest(["backup", `--type=${type}`, "--log-level-console=detail"]);
    assertStringIncludes(said, `WARN: resumable backup ${label} of same type exists`);
    assertStringIncludes(said, `new backup label = ${label}`);
    const kept = said.match(RESUMED)?.length ?? 0;
    assert(kept > least, `${type}: ${kept} files were kept\n${said}`);
    assertNotMatch(said, /does not have expected checksum/);
    assert(
      filesBelow(backupPath(site, label)).every((path) => !path.includes(".pgbackrest.tmp")),
      "no journal is left",
    );
  }
  const content = await contentOf(postgres);
  await postgres.sql("select pg_switch_wal()");
  await site.mustBackrest(["verify", "--verify-content"]);
  await site.mustBackrest([
    "restore",
    `--pg1-path=${site.path("other")}`,
    "--target-action=promote",
    "--type=immediate",
  ]);
  await postgres.stop();
  await using restored = attach(site, "other");
  await restored.start();
  await promoted(restored);
  assertEquals(await contentOf(restored), content);
});

Deno.test("a finished file that was damaged meanwhile is copied again, one that changed too", async () => {
  await using stanza = await makeStanza("resume-damaged");
  const { site, postgres } = stanza;
  await addTables(stanza, "t", 20);
  const label = await breakOff(stanza, "full", 15);
  const changed = await postgres.sql("select pg_relation_filepath('t_3')");
  const stored = filesBelow(backupPath(site, label)).filter((path) => /base\/\d+\/\d+\.gz$/.test(path));
  const damaged = stored.find((path) => !path.includes(changed))!;
  damage(`${backupPath(site, label)}/${damaged}`);
  await postgres.sql("insert into t_3 select i, 'new' from generate_series(1, 100) i");
  const said = await site.mustBackrest(["backup", "--type=full", "--log-level-console=detail"]);
  assertStringIncludes(said, `new backup label = ${label}`);
  const name = damaged.replace(/\.gz$/, "");
  assertStringIncludes(said, `WARN: resumed backup file ${name} does not have expected checksum and was copied again`);
  assertNotMatch(said, new RegExp(`checksum resumed file \\S+${changed}\\b`));
  await site.mustBackrest(["verify", "--verify-content"]);
});

Deno.test("what differs from the new backup is not gone on with, and goes", async () => {
  await using stanza = await makeStanza("resume-not");
  const { site } = stanza;
  await addTables(stanza, "t", 5);
  await stanza.backup();
  const cases: [args: string[], reason: RegExp][] = [
    [["--type=incr"], /INFO: backup '\S+' cannot be resumed: it belongs to another set|its type|is of type full/],
    [["--type=full", "--compress-type=zst"], /WARN: backup '\S+' cannot be resumed: its compress-type is gz, now zst/],
    [["--type=full", "--no-resume"], /backup '\S+' cannot be resumed: option resume is off/],
  ];
  for (const [args, reason] of cases) {
    const label = await breakOff(stanza, "full", 5);
    const said = await site.mustBackrest(["backup", ...args]);
    assertMatch(said, reason, args.join(" "));
    assert(!labelsIn(site).includes(label), args.join(" "));
  }
});
