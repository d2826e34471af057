/** Which files a backup takes: what the server itself would, decided folder by folder. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { backupPath, filesBelow, namesIn } from "../rig/repository.ts";
import { makeStanza } from "../rig/stanza.ts";

Deno.test("a relation is unlogged by the init fork beside it, not by one of the same number elsewhere", async () => {
  await using stanza = await makeStanza("unlogged", { global: { "compress-type": "none" } });
  const { site, postgres } = stanza;
  site.makeFolder("space");
  await postgres.sql(`create tablespace space location '${site.path("space")}'`);
  const oid = await postgres.sql("select oid from pg_tablespace where spcname = 'space'");
  const version = namesIn(site.path("space"))[0]!;
  // Two databases, the first ending with an unlogged relation, the second beginning with a logged one of its number.
  for (const root of [`space/${version}`, "pg/base"]) {
    for (const folder of ["90001", "90002"]) site.makeFolder(`${root}/${folder}`, 0o700);
    for (const name of ["20000", "20000.1", "20000_fsm", "20000_init", "200001"]) {
      site.write(`${root}/90001/${name}`, "x");
    }
    for (const name of ["20000", "20000.1", "20000_vm"]) site.write(`${root}/90002/${name}`, "x");
  }
  const label = await stanza.backup(["--no-checksum-page"]);
  for (const root of [`pg_tblspc/${oid}/${version}`, "pg_data/base"]) {
    const stored = (folder: string) => filesBelow(`${backupPath(site, label)}/${root}/${folder}`);
    assertEquals(
      [stored("90001"), stored("90002")],
      [["200001", "20000_init"], ["20000", "20000.1", "20000_vm"]],
      root,
    );
  }
});

Deno.test("what is of this run of the server only stays out, its folders come along empty", async () => {
  await using stanza = await makeStanza("left-out", { global: { "compress-type": "none" } });
  const { site, postgres } = stanza;
  const out = [
    "postgresql.auto.conf.tmp",
    "backup_label.old",
    "tablespace_map",
    "backup_manifest",
    "pgsql_tmp.1",
    "pg_stat_tmp/file",
    "pg_replslot/file",
    "pg_subtrans/0000",
    "base/1/pg_internal.init",
    "base/1/pg_internal.init.123",
    "base/1/t3_16384",
    "base/1/t3_16384_fsm.1",
    "pg_wal/other",
    "pg_wal/archive_status/other.ready",
  ];
  const along = ["base/1/t3", "base/1/other.init", "backup_label.saved", "pg_xact/other", "pg_logical/other"];
  site.makeFolder("pg/pg_wal/folder", 0o700);
  for (const name of [...out, ...along, "pg_wal/folder/file"]) site.write(`pg/${name}`, "x");
  const label = await stanza.backup(["--no-checksum-page"]);
  const folder = `${backupPath(site, label)}/pg_data`;
  const stored = new Set(filesBelow(folder));
  assertEquals(out.filter((name) => stored.has(name)), []);
  assertEquals([...along, "pg_wal/folder/file"].filter((name) => !stored.has(name)), []);
  for (const name of ["postmaster.pid", "postmaster.opts"]) assertEquals(stored.has(name), false, name);
  assertEquals(namesIn(`${folder}/pg_wal`), ["archive_status", "folder"]);
  const text = Deno.readTextFileSync(`${backupPath(site, label)}/backup.manifest`);
  for (const empty of ["pg_stat_tmp", "pg_replslot", "pg_subtrans", "pg_wal/archive_status"]) {
    assertStringIncludes(text, `\npg_data/${empty}={}\n`);
  }
  await postgres.stop();
});

Deno.test("links that a restore could not tell apart are refused, and so is what is no file", async () => {
  await using stanza = await makeStanza("links-refused");
  const { site } = stanza;
  for (const folder of ["one", "one/below", "two"]) site.makeFolder(folder);
  site.write("file", "x");
  const cases: [what: string, links: Record<string, string>, code: number, text: string][] = [
    ["nowhere", { a: site.path("missing") }, 41, "unable to get info for missing path/file"],
    ["to a link", { a: site.path("link") }, 70, "cannot reference another link"],
    ["into the data", { a: "base" }, 70, "is in the data folder"],
    ["to one folder", { a: site.path("one"), b: site.path("one") }, 70, "references the same folder"],
    ["below another", { a: site.path("one"), b: site.path("one/below") }, 70, "references the same folder"],
    ["to one file", { a: site.path("file"), b: site.path("file") }, 70, "references the same file"],
  ];
  await Deno.symlink(site.path("two"), site.path("link"));
  for (const [what, links, code, text] of cases) {
    for (const [name, target] of Object.entries(links)) await Deno.symlink(target, site.path(`pg/${name}`));
    const ended = await site.backrest(["backup", "--type=full"]);
    assertEquals(
      [ended.code, namesIn(site.path("repo/backup/demo"))],
      [code, ["backup.info", "backup.info.copy"]],
      what,
    );
    assertStringIncludes(ended.stdout, text, what);
    for (const name of Object.keys(links)) await Deno.remove(site.path(`pg/${name}`));
  }
  site.makeFolder("pg/pg_tblspc/4711");
  const folder = await site.backrest(["backup", "--type=full"]);
  assertEquals(folder.code, 69, folder.stdout);
  await Deno.remove(site.path("pg/pg_tblspc/4711"));
  using _socket = Deno.listen({ transport: "unix", path: site.path("pg/socket file") });
  const said = await site.mustBackrest(["backup", "--type=full"]);
  assertMatch(said, /WARN: exclude special file '.*\/pg\/socket file' from backup/);
});

Deno.test("a tablespace the server does not name any more is taken along, and told of", async () => {
  await using stanza = await makeStanza("selection-tablespace");
  const { site } = stanza;
  site.makeFolder("dropped");
  await site.link(site.path("dropped"), "pg/pg_tblspc/4711");
  const said = await site.mustBackrest(["backup", "--type=full"]);
  assertStringIncludes(said, `WARN: tablespace 4711 ('${site.path("dropped")}') has no name in the cluster`);
  await site.mustBackrest([
    "restore",
    `--pg1-path=${site.path("other")}`,
    `--tablespace-map=4711=${site.path("side")}`,
  ]);
  await site.mustPeer(["restore", `--pg1-path=${site.path("peer")}`, `--tablespace-map=ts4711=${site.path("side-2")}`]);
});
