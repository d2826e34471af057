/** What a restore does not touch, and what it says instead. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { contentOf, promoted } from "../rig/content.ts";
import { databaseUser } from "../rig/program.ts";
import { filesBelow, labelsIn, namesIn } from "../rig/repository.ts";
import { makeStanza } from "../rig/stanza.ts";

Deno.test("a folder that holds anything else is left as it is", async () => {
  await using stanza = await makeStanza("refuse");
  const { site, postgres } = stanza;
  await stanza.backup();
  const restore = (args: string[]) => site.backrest(["restore", ...args]);

  const running = await restore(["--delta"]);
  assertEquals([running.code, await postgres.isRunning()], [38, true], running.stdout);
  assertMatch(
    running.stdout,
    /\[038\]: unable to restore while PostgreSQL is running\n +HINT: presence of 'postmaster.pid'/,
  );
  await postgres.stop();
  const before = filesBelow(postgres.folder);

  const full = await restore([]);
  assertEquals([full.code, filesBelow(postgres.folder)], [40, before], full.stdout);
  assertMatch(
    full.stdout,
    /\[040\]: unable to restore to path '.*\/pg' because it contains files \('.*'\)\n +HINT: .*--delta/,
  );

  site.makeFolder("foreign");
  site.write("foreign/precious", "photographs");
  for (const option of ["--delta", "--force"]) {
    const foreign = await restore([`--pg1-path=${site.path("foreign")}`, option]);
    assertEquals([foreign.code, namesIn(site.path("foreign"))], [40, ["precious"]], foreign.stdout);
    assertMatch(
      foreign.stdout,
      /WARN: --delta or --force specified but unable to find 'PG_VERSION' or 'backup.manifest'/,
    );
  }

  site.makeFolder("empty");
  site.write("spaces", "a file where a tablespace should go");
  site.makeFolder("closed", 0o500);
  const closed = await restore([`--pg1-path=${site.path("closed")}`]);
  assertEquals([closed.code, namesIn(site.path("closed"))], [53, []], closed.stdout);
  assertStringIncludes(closed.stdout, `HINT: chmod u+rwx '${site.path("closed")}'`);
  site.write("taken", "a file of somebody");
  const link = await restore([`--pg1-path=${site.path("empty")}`, `--link-map=pg_hba.conf=${site.path("taken")}`]);
  assertEquals([link.code, namesIn(site.path("empty"))], [93, []], link.stdout);
  assertEquals(Deno.readTextFileSync(site.path("taken")), "a file of somebody");
});

Deno.test("a folder of another user is not restored to", async () => {
  await using stanza = await makeStanza("other-user");
  const { site, postgres } = stanza;
  await stanza.backup();
  await postgres.stop();
  // The folder of the tests belongs to nobody but root, where there is one; /tmp to nobody else.
  const foreign = databaseUser() === undefined ? "/tmp" : Deno.makeTempDirSync({ dir: site.folder });
  if (databaseUser() !== undefined) await Deno.chmod(foreign, 0o755);
  const ended = await site.backrest(["restore", `--pg1-path=${foreign}`]);
  assertEquals(ended.code, 53, ended.stdout);
  assertStringIncludes(ended.stdout, `unable to restore to path '${foreign}' not owned by current user`);
});

Deno.test("what cannot be restored is said before anything is touched", async () => {
  await using stanza = await makeStanza("refuse-options");
  const { site, postgres } = stanza;
  site.makeFolder("space");
  await postgres.sql(`create tablespace space location '${site.path("space")}'`);
  const none = await site.backrest(["restore", `--pg1-path=${site.path("new")}`]);
  assertEquals([none.code, none.stdout.includes("no backup set found to restore")], [75, true], none.stdout);
  await stanza.backup();
  const oid = await postgres.sql("select oid from pg_tablespace where spcname = 'space'");
  await postgres.stop();
  const cases: [what: string, args: string[], code: number, text: string][] = [
    ["unknown set", ["--set=20200101-000000F"], 75, "backup set 20200101-000000F is not valid"],
    ["time before any backup", ["--type=time", "--target=2020-01-01 00:00:00+00"], 75, "unable to find backup set"],
    ["no time", ["--type=time", "--target=tomorrow"], 29, "automatic backup set selection cannot be performed"],
    ["lsn before any backup", ["--type=lsn", "--target=0/1"], 75, "unable to find backup set with LSN"],
    ["unknown tablespace", ["--tablespace-map=nowhere=/x"], 76, "unable to remap invalid tablespace 'nowhere'"],
    ["tablespace twice", ["--tablespace-map=space=/x", `--tablespace-map=${oid}=/y`], 76, "with different paths"],
    ["unknown link", ["--link-map=nothing=/x"], 78, "unable to remap invalid link 'nothing'"],
    ["tablespace as link", [`--link-map=pg_tblspc/${oid}=/x`], 78, "use --tablespace-map"],
    ["link into the data", ["--link-map=pg_wal=base"], 70, "is in the data folder"],
    ["two links to one place", ["--link-map=pg_wal=/x", "--link-map=pg_xact=/x"], 70, "references the same folder"],
    ["exclusive without a target", ["--target-exclusive"], 31, "target-exclusive"],
    ["a target without its type", ["--target=5"], 31, "target"],
    ["a type without its target", ["--type=xid"], 37, "target"],
    ["standby_mode", ["--recovery-option=standby_mode=on"], 31, "use --type=standby"],
  ];
  for (const [what, args, code, text] of cases) {
    const space = what.includes("tablespace") ? [] : [`--tablespace-map=space=${site.path("new-space")}`];
    const ended = await site.backrest(["restore", `--pg1-path=${site.path("new")}`, ...space, ...args]);
    assertEquals([ended.code, namesIn(site.path("new"))], [code, []], `${what}: ${ended.stdout}`);
    assertStringIncludes(ended.stdout, text, what);
    assert(!namesIn(site.folder).includes("new-space"), what);
  }
});

Deno.test("with --delta only what differs is written, what is too much goes, and no link is followed", async () => {
  await using stanza = await makeStanza("delta");
  const { site, postgres } = stanza;
  await postgres.sql("create table t as select i from generate_series(1, 1000) i");
  for (const name of ["locked", "longer"]) site.write(`pg/${name}`, "read only", 0o400);
  await stanza.backup();
  const content = await contentOf(postgres);
  await postgres.stop();
  site.makeFolder("outside");
  site.write("outside/precious", "photographs");
  await Deno.symlink(site.path("outside"), site.path("pg/base/link"));
  await Deno.remove(site.path("pg/pg_xact"), { recursive: true });
  await Deno.symlink(site.path("outside"), site.path("pg/pg_xact"));
  site.makeFolder("pg/base/999");
  site.write("pg/base/999/1", "x");
  await Deno.remove(site.path("pg/pg_ident.conf"));
  site.makeFolder("pg/pg_ident.conf");
  await Deno.remove(site.path("pg/pg_commit_ts"));
  site.write("pg/pg_commit_ts", "a file in the place of a folder");
  for (const [name, text] of [["locked", "other text"], ["longer", "read only, and more"]] as const) {
    await Deno.chmod(site.path(`pg/${name}`), 0o600);
    site.write(`pg/${name}`, text, 0o400);
  }
  await Deno.writeTextFile(site.path("pg/PG_VERSION"), "15\nand more");
  await Deno.link(site.path("pg/PG_VERSION"), site.path("outside/kept"));
  await Deno.chmod(site.path("pg/global"), 0o755);
  await site.link(site.path("pg"), "also pg");
  const again = ["restore", "--delta", `--pg1-path=${site.path("also pg")}`, "--log-level-console=detail"];
  const said = await site.mustBackrest(again);
  assertMatch(said, /remove invalid link '.*\/also pg\/base\/link'/);
  assertMatch(said, /remove invalid path '.*\/also pg\/base\/999'/);
  assertMatch(
    said,
    /restore file .*\/also pg\/base\/1\/PG_VERSION - exists and matches backup \(3B, [0-9.]+%\) checksum/,
  );
  for (const name of ["locked", "longer"]) assertEquals(Deno.readTextFileSync(site.path(`pg/${name}`)), "read only");
  assertEquals(Deno.readTextFileSync(site.path("pg/PG_VERSION")), "15\n");
  assertEquals(Deno.readTextFileSync(site.path("outside/kept")), "15\nand more", "of a hard link the other end stays");
  assertEquals(namesIn(site.path("outside")), ["kept", "precious"]);
  assertEquals(Deno.statSync(site.path("pg/global")).mode! & 0o777, 0o700);
  assert(
    Deno.statSync(site.path("pg/pg_ident.conf")).isFile && Deno.statSync(site.path("pg/pg_commit_ts")).isDirectory,
  );
  await postgres.start();
  await promoted(postgres);
  assertEquals(await contentOf(postgres), content);
  assertEquals(labelsIn(site).length, 1);
});

Deno.test("with --delta --force size and time decide, with --force alone everything is written again", async () => {
  await using stanza = await makeStanza("force");
  const { site, postgres } = stanza;
  site.write("pg/file", "one");
  await Deno.utime(site.path("pg/file"), 1000, 1000);
  await stanza.backup();
  await postgres.stop();
  const change = async () => {
    site.write("pg/file", "two");
    await Deno.utime(site.path("pg/file"), 1000, 1000);
  };
  await change();
  await site.mustBackrest(["restore", "--delta", "--force"]);
  assertEquals(Deno.readTextFileSync(site.path("pg/file")), "two", "it looks unchanged");
  await site.mustBackrest(["restore", "--delta"]);
  assertEquals(Deno.readTextFileSync(site.path("pg/file")), "one");
  await change();
  await site.mustBackrest(["restore", "--force"]);
  assertEquals(Deno.readTextFileSync(site.path("pg/file")), "one");
  assertEquals(Deno.statSync(site.path("pg/file")).mtime?.getTime(), 1_000_000);
});
