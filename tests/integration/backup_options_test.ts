/** What options make of a backup: what stays out, where WAL comes along, how folders look, what runs without a server. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { contentOf } from "../rig/content.ts";
import { attach, startPostgres } from "../rig/postgres.ts";
import { executable, run } from "../rig/program.ts";
import { archiveFolder, backupPath, filesBelow, labelsIn, namesIn } from "../rig/repository.ts";
import { fileLines } from "../rig/stored_manifest.ts";
import { makeSite, STANZA } from "../rig/site.ts";
import { makeStanza } from "../rig/stanza.ts";

Deno.test("what option exclude names stays out, a folder with a slash at its end only with what is in it", async () => {
  await using stanza = await makeStanza("exclude");
  const { site } = stanza;
  for (const folder of ["dumps", "scratch"]) {
    site.makeFolder(`pg/${folder}`, 0o700);
    site.write(`pg/${folder}/file`, "much", 0o600);
  }
  const said = await site.mustBackrest(["backup", "--exclude=dumps", "--exclude=scratch/"]);
  const names = [...fileLines(site, labelsIn(site)[0]!).keys()];
  assert(!names.some((name) => /dumps|scratch/.test(name)));
  assertStringIncludes(said, `exclude '${site.path("pg/dumps")}' from backup using option 'exclude'`);
  assertStringIncludes(said, `exclude contents of '${site.path("pg/scratch")}' from backup using option 'exclude'`);
  await site.mustBackrest(["restore", `--pg1-path=${site.path("other")}`]);
  assertEquals(namesIn(site.path("other/scratch")), []);
  assert(!namesIn(site.path("other")).includes("dumps"));
});

Deno.test("with archive-copy a backup is whole without the archive", async () => {
  for (const [archived, stored] of [["gz", "zst"], ["none", "none"]] as const) {
    await using stanza = await makeStanza(`archive-copy-${archived}`, { global: { "compress-type": archived } });
    const { site, postgres } = stanza;
    await postgres.sql("create table t as select i from generate_series(1, 1000) i");
    const content = await contentOf(postgres);
    const label = await stanza.backup(["--archive-copy", `--compress-type=${stored}`]);
    const copied = filesBelow(backupPath(site, label)).filter((path) => /^pg_data\/pg_wal\/[0-9A-F]{24}/.test(path));
    assert(copied.length > 0);
    assert(copied.every((path) => path.endsWith(".zst") === (stored === "zst")));
    await postgres.stop();
    Deno.removeSync(archiveFolder(site), { recursive: true });
    await site.mustBackrest(["restore", "--type=none", `--pg1-path=${site.path("other")}`]);
    await using restored = attach(site, "other");
    await restored.start();
    assertEquals(await contentOf(restored), content);
  }
});

Deno.test("without archive-check nothing waits for WAL, and the archive may be down", async () => {
  await using stanza = await makeStanza("no-archive-check", { gate: true });
  const { site } = stanza;
  const said = await site.mustBackrest(["backup", "--no-archive-check", "--archive-timeout=1"]);
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertMatch(info.backup[0].archive.stop, /^[0-9A-F]{24}$/);
  assert(!said.includes("check archive for segment"));
  const conflict = await site.backrest(["backup", "--no-archive-check", "--archive-copy"]);
  assertEquals(conflict.code, 31, conflict.stdout);
});

Deno.test("a cluster that is down is backed up as it is, and comes back without recovery", async () => {
  await using stanza = await makeStanza("offline");
  const { site, postgres } = stanza;
  await postgres.sql("create table t as select i from generate_series(1, 1000) i");
  const content = await contentOf(postgres);
  const running = await site.backrest(["backup", "--no-online"]);
  assertEquals(running.code, 38, running.stdout);
  await postgres.stop();
  const label = await stanza.backup(["--no-online"]);
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertEquals([info.backup[0].archive, info.backup[0].lsn], [{ start: null, stop: null }, undefined]);
  assert(fileLines(site, label).has("pg_data/pg_wal/000000010000000000000001") || fileLines(site, label).size > 900);
  await site.mustBackrest(["restore", `--pg1-path=${site.path("other")}`]);
  assert(!namesIn(site.path("other")).includes("recovery.signal"));
  await using restored = attach(site, "other");
  await restored.start();
  assertEquals(await contentOf(restored), content);
  await restored.stop();
  const unchanged = await site.backrest(["backup", "--no-online", "--type=incr"]);
  assertEquals([unchanged.code, unchanged.stdout.includes("no files have changed")], [55, true], unchanged.stdout);
  assertEquals(labelsIn(site), [label], "and leaves no folder behind");
});

Deno.test("with hard links every folder looks like a full backup, and latest leads to the newest", async () => {
  await using stanza = await makeStanza("hard-links", { global: { "repo1-hardlink": "y", "compress-type": "none" } });
  const { site, postgres } = stanza;
  await postgres.sql("create table t as select 1 as i");
  const full = await stanza.backup();
  await postgres.sql("create table u as select 1 as i");
  await site.mustBackrest(["backup", "--type=incr"]);
  const incr = labelsIn(site).at(-1)!;
  assertEquals(Deno.readLinkSync(site.path(`repo/backup/${STANZA}/latest`)), incr);
  for (const [name, line] of fileLines(site, incr)) {
    const path = `${backupPath(site, incr)}/${name}`;
    if (line["reference"] === undefined) continue;
    assertEquals(Deno.statSync(path).ino, Deno.statSync(`${backupPath(site, full)}/${name}`).ino, name);
  }
  await site.mustPeer(["restore", `--set=${incr}`, `--pg1-path=${site.path("other")}`]);
});

Deno.test("a backup keeps its notes and its manifest in the history", async () => {
  await using stanza = await makeStanza("history");
  const { site } = stanza;
  const label = await stanza.backup(["--annotation=why=before the upgrade", "--annotation=none="]);
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertEquals(info.backup[0].annotation, { why: "before the upgrade" });
  const path = site.path(`repo/backup/${STANZA}/backup.history/${label.slice(0, 4)}/${label}.manifest.gz`);
  const unzipped = new Response(
    new Blob([Deno.readFileSync(path)]).stream().pipeThrough(new DecompressionStream("gzip")),
  );
  assertEquals(await unzipped.text(), Deno.readTextFileSync(`${backupPath(site, label)}/backup.manifest`));
});

Deno.test("several stanzas share a repository and keep to themselves", async () => {
  await using site = makeSite("stanzas");
  const ports = { a: "5432", b: "5433" };
  const sections = Object.entries(ports).map(([stanza, port]) => [stanza, {
    "pg1-path": site.path(`pg-${stanza}`),
    "pg1-socket-path": site.path("socket"),
    "pg1-port": port,
  }]);
  site.configure(Object.fromEntries(sections));
  await using servers = new AsyncDisposableStack();
  for (const [stanza, port] of Object.entries(ports)) {
    const options = { folder: `pg-${stanza}`, archiver: "none", settings: { port } };
    servers.use(await startPostgres(site, options));
  }
  const onBoth = async (args: string[]) => {
    const ended = await Promise.all(
      Object.keys(ports).map((stanza) => site.backrest([`--stanza=${stanza}`, ...args])),
    );
    assertEquals(ended.map(({ code }) => code), [0, 0], ended.map(({ stdout }) => stdout).join("\n"));
  };
  await onBoth(["stanza-create"]);
  await onBoth(["backup", "--no-archive-check"]);
  await site.mustBackrest(["stop", "--stanza=a"]);
  await site.mustBackrest(["stanza-delete", "--stanza=a", "--force"]);
  await site.mustBackrest(["verify", "--stanza=b"]);
  const { stdout } = await run(executable(), ["info", `--config=${site.path("pgbackrest.conf")}`, "--output=json"]);
  assertEquals(
    JSON.parse(stdout).map(({ name, backup }: { name: string; backup: unknown[] }) => [name, backup.length]),
    [
      ["b", 1],
    ],
  );
});
