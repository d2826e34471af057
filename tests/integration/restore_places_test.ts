/** Where a restore puts things: other folders, tablespaces, links, owners; and whether the server finds its way back. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { contentOf, promoted } from "../rig/content.ts";
import { attach } from "../rig/postgres.ts";
import { databaseUser, executable, succeed } from "../rig/program.ts";
import { copyExecutable } from "../rig/executable_file.ts";
import { filesBelow, namesIn } from "../rig/repository.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";

/** A stopped cluster with two tablespaces, pg_wal behind a link, and a configuration file behind another. */
async function linked(name: string): Promise<{ stanza: Stanza; oids: string[]; content: Record<string, string> }> {
  const stanza = await makeStanza(name, { postgres: { walFolder: "wal" } });
  const { site, postgres } = stanza;
  for (const folder of ["one", "two", "etc"]) site.makeFolder(folder);
  await Deno.rename(site.path("pg/pg_ident.conf"), site.path("etc/pg_ident.conf"));
  await site.link(site.path("etc/pg_ident.conf"), "pg/pg_ident.conf");
  const oids: string[] = [];
  for (const space of ["one", "two"]) {
    await postgres.sql(`create tablespace ${space} location '${site.path(space)}'`);
    await postgres.sql(`create table in_${space} tablespace ${space} as select i from generate_series(1, 500) i`);
    oids.push(await postgres.sql(`select oid from pg_tablespace where spcname = '${space}'`));
  }
  await stanza.backup();
  const content = await contentOf(postgres);
  await postgres.sql("select pg_switch_wal()");
  await postgres.stop();
  return { stanza, oids, content };
}

/** Starts the server of a restored folder, compares its content, and stops it again. */
async function mustHold({ site }: Stanza, below: string, content: Record<string, string>): Promise<void> {
  await using postgres = attach(site, below);
  await postgres.start();
  await promoted(postgres);
  assertEquals(await contentOf(postgres), content, below);
}

Deno.test("tablespaces go where they are mapped to, by name, by number, or all together", async () => {
  const { stanza, oids, content } = await linked("map");
  await using _stanza = stanza;
  const { site } = stanza;
  const cases: [below: string, args: string[], places: string[]][] = [
    ["by-name", [`--tablespace-map=one=${site.path("1a")}`, `--tablespace-map=two=${site.path("2a")}`], ["1a", "2a"]],
    ["by-number", oids.map((oid, i) => `--tablespace-map=${oid}=${site.path(`${i}b`)}`), ["0b", "1b"]],
    ["all-mapped", [`--tablespace-map-all=${site.path("all")}`, `--tablespace-map=two=${site.path("2c")}`], [
      "all/one",
      "2c",
    ]],
  ];
  for (const [below, args, places] of cases) {
    const said = await site.mustBackrest(["restore", `--pg1-path=${site.path(below)}`, ...args]);
    assertStringIncludes(said, `remap data directory to '${site.path(below)}'`);
    const found = oids.map((oid) => Deno.readLinkSync(site.path(`${below}/pg_tblspc/${oid}`)));
    assertEquals(found, places.map(site.path), below);
    for (const place of places) assertEquals(namesIn(site.path(place)), ["PG_15_202209061"]);
    await mustHold(stanza, below, content);
  }
});

Deno.test("links are restored as what they led to, as links, or as links to somewhere else", async () => {
  const { stanza, content } = await linked("links");
  await using _stanza = stanza;
  const { site } = stanza;
  const spaces = (below: string) => `--tablespace-map-all=${site.path(`${below}-spaces`)}`;
  const plain = await site.mustBackrest(["restore", `--pg1-path=${site.path("plain")}`, spaces("plain")]);
  assertMatch(
    plain,
    /WARN: file link 'pg_ident.conf' will be restored as a file at the same location\n +HINT: use --link/,
  );
  assertMatch(plain, /WARN: directory link 'pg_wal' will be restored as a directory at the same location/);
  for (const name of ["pg_wal", "pg_ident.conf"]) assert(!Deno.lstatSync(site.path(`plain/${name}`)).isSymlink);
  await mustHold(stanza, "plain", content);

  const links = [`--link-map=pg_wal=${site.path("wal2")}`, `--link-map=pg_ident.conf=../etc2/ident`];
  const added = [`--link-map=pg_xact=${site.path("xact")}`, `--link-map=pg_hba.conf=${site.path("etc2/hba")}`];
  await site.mustBackrest(["restore", `--pg1-path=${site.path("mapped")}`, spaces("mapped"), ...links, ...added]);
  for (
    const [name, target] of [
      ["pg_wal", site.path("wal2")],
      ["pg_ident.conf", "../etc2/ident"],
      ["pg_xact", site.path("xact")],
      ["pg_hba.conf", site.path("etc2/hba")],
    ] as const
  ) assertEquals(Deno.readLinkSync(site.path(`mapped/${name}`)), target);
  assertEquals(namesIn(site.path("etc2")), ["hba", "ident"]);
  await mustHold(stanza, "mapped", content);

  await Deno.remove(site.path("wal"), { recursive: true });
  await Deno.remove(site.path("etc/pg_ident.conf"));
  await site.mustBackrest(["restore", "--delta", "--link-all"]);
  assertEquals(Deno.readLinkSync(site.path("pg/pg_wal")), site.path("wal"));
  assertEquals(Deno.readLinkSync(site.path("pg/pg_ident.conf")), site.path("etc/pg_ident.conf"));
  await mustHold(stanza, "pg", content);
});

Deno.test("what the server is told to call finds the archive whatever the paths look like", async () => {
  await using stanza = await makeStanza("quoting");
  const { site, postgres } = stanza;
  const odd = `it's "odd" & 100% $HOME`;
  site.makeFolder(odd);
  await copyExecutable(executable(), site.path(`${odd}/pg_backrest`));
  await Deno.rename(site.path("repo"), site.path(`${odd}/repo`));
  stanza.configure({ "repo1-path": site.path(`${odd}/repo`) });
  const config = site.path(`${odd}/pgbackrest.conf`);
  site.write(`${odd}/pgbackrest.conf`, Deno.readTextFileSync(site.path("pgbackrest.conf")));
  await stanza.backup();
  await postgres.sql("create table t as select 1 as i");
  const content = await contentOf(postgres);
  await postgres.sql("select pg_switch_wal()");
  await postgres.stop();
  // pg_ctl itself does not cope with more than this.
  const target = site.path("it's & 100% pg");
  await succeed(site.path(`${odd}/pg_backrest`), [
    `--config=${config}`,
    "--stanza=demo",
    `--pg1-path=${target}`,
    "restore",
  ]);
  assertStringIncludes(Deno.readTextFileSync(`${target}/postgresql.auto.conf`), "100%%");
  await mustHold(stanza, "it's & 100% pg", content);
});

Deno.test({
  name: "root gives everything back to its owner, and modes come back whoever restores",
  ignore: databaseUser() === undefined, // only root can give files away
  fn: async () => {
    const { stanza, content } = await linked("owners");
    await using _stanza = stanza;
    const { site, postgres } = stanza;
    const { uid, gid } = databaseUser()!;
    site.write("pg/odd mode", "x", 0o604);
    site.write("pg/of root", "y", 0o640);
    await Deno.chown(site.path("pg/of root"), 0, 0);
    await Deno.chmod(site.path("pg/of root"), 0o644);
    await postgres.start();
    await stanza.backup();
    await postgres.stop();
    const before = attributes(postgres.folder);
    for (const folder of ["pg", "one", "two", "wal", "etc"]) await Deno.remove(site.path(folder), { recursive: true });
    const said = await site.backrest(["restore", "--link-all"], { asSelf: true });
    assertEquals(said.code, 0, said.stdout);
    assertEquals(attributes(postgres.folder), before);
    assertEquals([before["of root"], before["odd mode"]], ["0:0 644", `${uid}:${gid} 604`]);
    const space = Deno.lstatSync(site.path("one/PG_15_202209061"));
    assertEquals([space.uid, space.gid, space.mode! & 0o777], [uid, gid, 0o700]);
    const link = Deno.lstatSync(site.path("pg/pg_ident.conf"));
    assertEquals([link.isSymlink, link.uid, link.gid], [true, uid, gid], "a link has its owner too");
    await mustHold(stanza, "pg", content);

    const deep = [`--pg1-path=${site.path("new/one/pg")}`, `--tablespace-map-all=${site.path("new/two/spaces")}`];
    const links = ["--link-map=pg_ident.conf=../etc/ident", `--link-map=pg_wal=${site.path("new/three/wal")}`];
    const moved = await site.backrest(["restore", ...deep, ...links], { asSelf: true });
    assertEquals(moved.code, 0, moved.stdout);
    await mustHold(stanza, "new/one/pg", content);
  },
});

Deno.test({
  name: "who is not root owns what he restores and is told about it",
  ignore: databaseUser() === undefined, // only root can make the file of somebody else that this is about
  fn: async () => {
    await using stanza = await makeStanza("own");
    const { site, postgres } = stanza;
    site.write("pg/of root", "y", 0o644);
    await Deno.chown(site.path("pg/of root"), 0, 0);
    await stanza.backup();
    await postgres.stop();
    const said = await site.mustBackrest(["restore", `--pg1-path=${site.path("other")}`]);
    assertMatch(said, /WARN: unknown user 'root' in backup manifest mapped to 'postgres'/);
    assertMatch(said, /WARN: unknown group 'root' in backup manifest mapped to 'postgres'/);
    assertEquals(Deno.statSync(site.path("other/of root")).uid, databaseUser()!.uid);
  },
});

/** Names that a start of the server or a restore makes. */
const PASSING =
  /^(pg_wal|postmaster|pg_tblspc|pg_subtrans|pg_stat|pg_logical|pg_dynshmem|postgresql.auto|backup_|recovery)|init$/;

/** Owner, group and mode of everything below a data folder that a backup carries unchanged. */
function attributes(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of filesBelow(folder)) {
    if (PASSING.test(name)) continue;
    const { uid, gid, mode } = Deno.statSync(`${folder}/${name}`);
    found[name] = `${uid}:${gid} ${(mode! & 0o777).toString(8)}`;
  }
  return found;
}
