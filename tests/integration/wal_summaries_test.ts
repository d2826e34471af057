/**
 * What WAL summaries of PostgreSQL 17 and later spare an incremental backup, that without them everything is as before, and
 * that on random workloads no change is missed. Long form: scripts/soak summaries.
 */
import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "@std/assert";
import { contentOf, promoted } from "../rig/content.ts";
import { Dice } from "../rig/dice.ts";
import type { Postgres } from "../rig/postgres.ts";
import { until } from "../rig/program.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";
import { fileLines } from "../rig/stored_manifest.ts";
import { furnishForWork, work } from "../rig/workload.ts";

/** POSTGRES_VERSIONS says which; those before 17 have no summaries. */
const VERSIONS = (Deno.env.get("POSTGRES_VERSIONS") ?? "18").split(",").filter((version) => Number(version) >= 17);

/** SUMMARY_ROUNDS sets how many backups of the random workload, SUMMARY_SEED repeats a run. */
const ROUNDS = Number(Deno.env.get("SUMMARY_ROUNDS") ?? 4);
const SEED = Number(Deno.env.get("SUMMARY_SEED") ?? Math.floor(Math.random() * 1e9));

/** Nothing but a checkpoint writes pages, so that between two of them the files stay as a backup has seen them. */
const STILL = {
  autovacuum: "off",
  bgwriter_lru_maxpages: "0",
  checkpoint_timeout: "1h",
  summarize_wal: "on",
};

const RELATION = /^(pg_data\/(base\/\d+|global)|pg_tblspc\/\d+\/PG_[^/]+\/\d+)\/\d+(\.\d+)?$/;

async function backup({ site }: Stanza, type: string, args: string[] = []): Promise<{ label: string; said: string }> {
  const said = await site.mustBackrest(["backup", `--type=${type}`, ...args]);
  return { label: /new backup label = (\S+)/.exec(said)![1]!, said };
}

/** Gives all files a time no file had in the last backup, as hints or a copied data folder do. */
async function touchAll({ site, postgres }: Stanza, label: string): Promise<void> {
  const lines = fileLines(site, label);
  const second = Math.max(...[...lines.values()].map(({ timestamp }) => Number(timestamp))) + 1;
  await until("the next second", () => Date.now() >= second * 1000);
  for (const [name] of lines) {
    if (!RELATION.test(name)) continue;
    try {
      Deno.utimeSync(`${postgres.folder}/${name.replace("pg_data/", "")}`, second, second);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

async function pathOf(postgres: Postgres, relation: string): Promise<string> {
  return await postgres.sql(`select pg_relation_filepath('${relation}')`);
}

for (const version of VERSIONS) {
  Deno.test(`untouched relations of PostgreSQL ${version} are not read, whatever their time`, async () => {
    const settings = { ...STILL, checkpoint_timeout: "1min" };
    await using stanza = await makeStanza(`summaries-${version}`, { postgres: { version, settings } });
    const { site, postgres } = stanza;
    for (const name of ["still", "changing", "shrinking"]) {
      await postgres.sql(`create table ${name} as select i, md5(i::text) as v from generate_series(1, 2000) i`);
    }
    await postgres.sql("vacuum freeze");
    const full = await stanza.backup();
    const still = await pathOf(postgres, "still");
    const changing = await pathOf(postgres, "changing");
    const lineOf = (label: string, path: string) => fileLines(site, label).get(`pg_data/${path}`)!;

    await touchAll(stanza, full);
    await postgres.sql("update changing set v = 'new' where i = 77");
    await postgres.sql("delete from shrinking where i > 1000");
    await postgres.sql("vacuum shrinking");
    const genuine = await Deno.readFile(`${postgres.folder}/${still}`);
    await overwrite(`${postgres.folder}/${still}`, genuine.map((byte, at) => at < 8192 ? byte : 255));
    const first = await backup(stanza, "incr");
    await overwrite(`${postgres.folder}/${still}`, genuine);
    const [, untouched, all] = /WAL summaries prove (\d+) of (\d+) relation files/.exec(first.said)!;
    assert(Number(untouched) > 200);
    assert(Number(all) > Number(untouched));
    assertEquals(lineOf(first.label, still)["checksum"], lineOf(full, still)["checksum"], "it was read");
    assertEquals(lineOf(first.label, still)["reference"], full);
    assert(Number(lineOf(first.label, still)["timestamp"]) > Number(lineOf(full, still)["timestamp"]));
    assertEquals(lineOf(first.label, changing)["reference"], undefined);
    const content = await contentOf(postgres);

    for (const option of ["--no-wal-summaries", "--delta"]) {
      await touchAll(stanza, first.label);
      const { said } = await backup(stanza, "diff", [option]);
      assertNotMatch(said, /WAL summaries/, option);
    }
    for await (const { name } of Deno.readDir(`${postgres.folder}/pg_wal/summaries`)) {
      await Deno.remove(`${postgres.folder}/pg_wal/summaries/${name}`);
    }
    await touchAll(stanza, first.label);
    const gap = await backup(stanza, "diff");
    assertStringIncludes(gap.said, "WAL summaries are not used: there are none from ");
    await touchAll(stanza, gap.label);
    await postgres.sql("alter system set summarize_wal = off");
    await postgres.sql("select pg_reload_conf()");
    const off = await backup(stanza, "incr");
    assertStringIncludes(off.said, "and setting summarize_wal is off");

    await site.mustBackrest(["verify", "--verify-content"]);
    await postgres.stop();
    const target = [`--set=${first.label}`, "--type=immediate", "--target-action=promote"];
    await site.mustBackrest(["restore", "--delta", ...target]);
    await postgres.start();
    await promoted(postgres);
    assertEquals(await contentOf(postgres), content);
    await touchAll(stanza, first.label);
    const { said } = await backup(stanza, "incr");
    assertStringIncludes(said, "a timeline switch has occurred");
    assertNotMatch(said, /WAL summaries/);
  });

  Deno.test(`no change of a random workload on PostgreSQL ${version} is missed`, async () => {
    const dice = new Dice(SEED);
    await using stanza = await makeStanza(`workload-${version}`, {
      global: { "archive-check": "n", "compress-type": "zst", "compress-level": "1", "repo1-bundle": "y" },
      postgres: { version, archiver: "none", settings: STILL },
    });
    const { site, postgres } = stanza;
    site.makeFolder("side", 0o700);
    await furnishForWork(postgres, site.path("side"));
    await work(postgres, dice, 12);
    let last = await stanza.backup(["--no-expire-auto"]);
    let spared = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const done = await work(postgres, dice, dice.roll(1, 15));
      await touchAll(stanza, last);
      const { label, said } = await backup(stanza, dice.chance(20) ? "diff" : "incr", ["--no-expire-auto"]);
      const [, untouched] = /WAL summaries prove (\d+) of/.exec(said) ?? [];
      assert(untouched !== undefined, `${said}\nafter:\n${done.join("\n")}`);
      spared += Number(untouched);
      const wrong = await notAsOnDisk(stanza, label);
      assertEquals(wrong, [], `round ${round} of SUMMARY_SEED=${SEED} after:\n${done.join("\n")}`);
      last = label;
    }
    assert(spared > 100 * ROUNDS);
  });
}

async function overwrite(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.writeFile(path, bytes, { create: false });
}

/** Relation files whose checksum in a backup is not that of the file the server has. */
async function notAsOnDisk({ site, postgres }: Stanza, label: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const [name, { size, checksum }] of fileLines(site, label)) {
    if (!RELATION.test(name) || size === 0) continue;
    const bytes = await Deno.readFile(`${postgres.folder}/${name.replace("pg_data/", "")}`);
    const found = new Uint8Array(await crypto.subtle.digest("SHA-1", bytes)).toHex();
    if (found !== checksum) wrong.push(name);
  }
  return wrong;
}
