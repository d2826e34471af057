/** Names that a manifest cannot carry exactly are refused by name, never passed over; what is excluded may be called anything. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { makeRawFile, makeRawFolder, makeRawLink, removeRaw } from "../rig/raw_name.ts";
import { filesBelow, labelsIn, namesIn } from "../rig/repository.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** Names in printf's escapes, how the error shows them, and what it calls them. */
const NAMES: readonly [escaped: string, shown: string, why: string][] = [
  ["l\\344tin", "l\\xe4tin", "its name is not valid UTF-8"],
  ["two\\nlines", "two\\x0alines", "its name contains a line feed"],
];

/** Makes a full backup that has to be refused for a name; nothing of it may stay in the repository. */
async function mustRefuse({ site }: Stanza, path: string, why: string): Promise<void> {
  const ended = await site.backrest(["backup", "--type=full"]);
  assertEquals(ended.code, 41, ended.stdout);
  assertStringIncludes(ended.stdout, `[041]: unable to handle file '${path}': ${why}`);
  assertStringIncludes(ended.stdout, "HINT: rename or remove it");
  assertEquals(labelsIn(site), [], "nothing was copied");
}

Deno.test("a backup refuses such names in the data folder, below it, of folders and links, and in tablespaces", async () => {
  await using stanza = await makeStanza("names");
  const { site, postgres } = stanza;
  site.makeFolder("space");
  site.makeFolder("outside");
  await postgres.sql(`create tablespace space location '${site.path("space")}'`);
  await postgres.sql("create table t tablespace space as select 1");
  const table = `${postgres.folder}/${await postgres.sql("select pg_relation_filepath('t')")}`;
  const database = Deno.realPathSync(table.slice(0, table.lastIndexOf("/")));
  for (const [escaped, shown, why] of NAMES) {
    for (const folder of [postgres.folder, `${postgres.folder}/base/1`, `${postgres.folder}/pg_xact`, database]) {
      await makeRawFile(folder, escaped);
      await mustRefuse(stanza, `${folder}/${shown}`, why);
      await removeRaw(folder, escaped);
    }
    await makeRawFolder(postgres.folder, escaped);
    await mustRefuse(stanza, `${postgres.folder}/${shown}`, why);
    await removeRaw(postgres.folder, escaped);
    await makeRawLink(postgres.folder, escaped, site.path("outside"));
    await mustRefuse(stanza, `${postgres.folder}/${shown}`, why);
    await removeRaw(postgres.folder, escaped);
  }
  await stanza.backup();
});

Deno.test("a name that is not UTF-8 does not hide behind the one it would be shown as", async () => {
  await using stanza = await makeStanza("names-twin");
  const { site, postgres } = stanza;
  site.write("pg/a\ufffdb", "the real one");
  await stanza.backup();
  await site.mustBackrest(["expire"]);
  await makeRawFile(postgres.folder, "a\\377b");
  const ended = await site.backrest(["backup", "--type=full"]);
  assertEquals([ended.code, labelsIn(site).length], [41, 1], ended.stdout);
  assertStringIncludes(ended.stdout, `unable to handle file '${postgres.folder}/a\\xffb': its name is not valid UTF-8`);
  await removeRaw(postgres.folder, "a\\377b");
  await postgres.stop();
  await site.mustBackrest(["restore", `--pg1-path=${site.path("restored")}`]);
  assertEquals(Deno.readTextFileSync(site.path("restored/a\ufffdb")), "the real one");
});

Deno.test("what no backup holds may have any name", async () => {
  await using stanza = await makeStanza("names-exempt");
  const { postgres, site } = stanza;
  site.makeFolder("pg/base/pgsql_tmp", 0o700);
  for (const [escaped] of NAMES) {
    for (const folder of ["pg_wal", "base/pgsql_tmp", "pg_stat_tmp", "pg_replslot", "pg_wal/archive_status"]) {
      await makeRawFile(`${postgres.folder}/${folder}`, escaped);
    }
    await makeRawFile(postgres.folder, `pgsql_tmp${escaped}`);
  }
  await stanza.backup();
  for (const [escaped] of NAMES) await removeRaw(`${postgres.folder}/pg_replslot`, escaped);
});

Deno.test("a restore that has to clean up touches nothing where it finds such a name", async () => {
  await using stanza = await makeStanza("names-restore");
  const { site, postgres } = stanza;
  site.makeFolder("space");
  await postgres.sql(`create tablespace space location '${site.path("space")}'`);
  await stanza.backup();
  await postgres.stop();
  site.write("pg/too much", "x");
  const version = `${site.path("space")}/${namesIn(site.path("space"))[0]}`;
  const before = filesBelow(postgres.folder);
  for (const [escaped, shown, why] of NAMES) {
    for (const folder of [postgres.folder, `${postgres.folder}/base/1`, `${postgres.folder}/pg_wal`, version]) {
      await makeRawFile(folder, escaped);
      for (const option of ["--delta", "--force"]) {
        const ended = await site.backrest(["restore", option]);
        assertEquals(ended.code, 41, ended.stdout);
        assertStringIncludes(ended.stdout, `unable to handle file '${folder}/${shown}': ${why}`);
      }
      await removeRaw(folder, escaped);
      assertEquals(filesBelow(postgres.folder), before);
    }
  }
  const said = await site.mustBackrest(["restore", "--delta", "--log-level-console=detail"]);
  assertMatch(said, /remove invalid file '.*\/pg\/too much'/);
  assert(!namesIn(postgres.folder).includes("too much"));
});

Deno.test("names that only look odd come back exactly", async () => {
  await using stanza = await makeStanza("names-odd");
  const { site, postgres } = stanza;
  const odd = [
    "a=b",
    "[section]",
    "#comment",
    " lead and trail ",
    'q"uote\\',
    "tab\there",
    "größe",
    "日本",
    "𝒳",
    "cr\rhere",
    "=",
    "a={}",
  ];
  for (const name of odd) {
    site.makeFolder(`pg/${name}`);
    site.write(`pg/${name}/${name}`, name);
  }
  await stanza.backup();
  await postgres.stop();
  await site.mustBackrest(["restore", `--pg1-path=${site.path("restored")}`]);
  for (const name of odd) assertEquals(Deno.readTextFileSync(site.path(`restored/${name}/${name}`)), name);
  await site.mustBackrest(["restore", "--delta"]);
});
