/** info in text and JSON: a stanza in every state, and repositories that cannot be read. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { executable, run, until } from "../rig/program.ts";
import { namesIn } from "../rig/repository.ts";
import type { Site } from "../rig/site.ts";
import { makeStanza } from "../rig/stanza.ts";
import { makeSite } from "../rig/site.ts";

/** Both forms of an answer without naming a stanza, and their common exit status. */
async function infoOfAll(site: Site): Promise<{ text: string; json: unknown[]; code: number }> {
  const words = [`--config=${site.path("pgbackrest.conf")}`, "info"];
  const text = await run(executable(), words);
  const json = await run(executable(), [...words, "--output=json"]);
  assertEquals(json.code, text.code);
  return { text: text.stdout, json: JSON.parse(json.stdout), code: text.code };
}

const NO_LOCK = { backup: { held: false }, restore: { held: false } };

Deno.test("a repository without stanzas says so; one that cannot be read is not taken for an empty one", async () => {
  await using site = makeSite("info-none");
  site.configure({});
  const none = await infoOfAll(site);
  assertEquals(none, { text: "No stanzas exist in the repository.\n", json: [], code: 0 });
  await Deno.rename(site.path("repo"), site.path("away"));
  assertEquals(await infoOfAll(site), none, "there is no folder at all");
  await Deno.rename(site.path("away"), site.path("repo"));
  site.makeFolder("repo/backup");
  await Deno.chmod(site.path("repo/backup"), 0o000);
  const closed = await infoOfAll(site);
  assertEquals(closed.code, 104, "no repository could be read");
  assertMatch(
    closed.text,
    /^stanza: \[invalid\]\n {4}status: error \(other\)\n {12}\[PathOpenError\] unable to list folder '.*\/backup'/,
  );
  assertStringIncludes(closed.text, "    cipher: none\n");
  const message = (closed.json[0] as { repo: { status: { message: string } }[] }).repo[0]!.status.message;
  assertMatch(
    message,
    /^\[PathOpenError\] unable to list folder '.*\/repo\/backup': permission denied \[EACCES\]\nHINT: /,
  );
  assertEquals(closed.json, [{
    archive: [],
    backup: [],
    cipher: "none",
    db: [],
    name: "[invalid]",
    repo: [{ cipher: "none", key: 1, status: { code: 99, message } }],
    status: { code: 99, lock: NO_LOCK, message: "other" },
  }]);
  site.configure({ global: { "repo2-path": site.path("repo2"), "repo2-retention-full": "2" } });
  const two = await infoOfAll(site);
  assertEquals(two.code, 0, "one of them could");
  assertMatch(two.text, /^stanza: \[invalid\]\n {4}status: mixed\n {8}repo1: error \(other\)\n {15}\[PathOpenError\]/);
  assertStringIncludes(two.text, "        repo2: error (missing stanza path)\n    cipher: none\n");
  await Deno.chmod(site.path("repo/backup"), 0o750);
});

Deno.test("every state of a stanza has its code", async () => {
  await using stanza = await makeStanza("info-states", { create: false });
  const { site } = stanza;
  const status = async (args: string[] = []) => {
    const [report] = JSON.parse(await site.mustBackrest(["info", "--output=json", ...args]));
    const text = await site.mustBackrest(["info", ...args]);
    return { code: report.status.code, message: report.status.message, text, report };
  };
  const missing = await status();
  assertEquals([missing.code, missing.message], [1, "missing stanza path"]);
  assertEquals(missing.text, "stanza: demo\n    status: error (missing stanza path)\n");
  site.makeFolder("repo/backup/demo");
  const empty = await status();
  assertEquals([empty.code, empty.message], [3, "missing stanza data"]);
  assertEquals(empty.text, "stanza: demo\n    status: error (missing stanza data)\n    cipher: none\n");
  await Deno.remove(site.path("repo/backup/demo"));
  await site.mustBackrest(["stanza-create"]);
  const created = await status();
  assertEquals([created.code, created.message], [2, "no valid backups"]);
  assertMatch(created.text, /wal archive min\/max \(15\): none present\n$/);
  assertEquals(created.report.archive, [{ database: { id: 1, "repo-key": 1 }, id: "15-1", max: null, min: null }]);

  const label = await stanza.backup();
  const ok = await status();
  assertEquals([ok.code, ok.message, ok.report.status.lock], [0, "ok", NO_LOCK]);
  const [backup] = ok.report.backup;
  assertEquals([backup.label, backup.type, backup.prior, backup.reference], [label, "full", null, null]);
  assertMatch(backup.backrest.version, /^pg_backrest \d/);
  assertEquals(Object.keys(backup).sort(), [
    "archive",
    "backrest",
    "database",
    "error",
    "info",
    "label",
    "lsn",
    "prior",
    "reference",
    "timestamp",
    "type",
  ]);
  assertMatch(
    ok.text,
    new RegExp(`^ {8}full backup: ${label}\n {12}timestamp start/stop: .*\n {12}wal start/stop: `, "m"),
  );

  const unknown = await status(["--set=20200101-000000F"]);
  assertEquals([unknown.code, unknown.message], [6, "requested backup not found"]);
  stanza.configure({ "repo2-path": site.path("repo2"), "repo2-retention-full": "2" });
  const mixed = await status();
  assertEquals([mixed.code, mixed.message], [4, "different across repos"]);
  assertMatch(mixed.text, /status: mixed\n {8}repo1: ok\n {8}repo2: error \(missing stanza path\)\n/);
});

Deno.test("one backup is shown in detail", async () => {
  await using stanza = await makeStanza("info-set");
  const { site, postgres } = stanza;
  site.makeFolder("space");
  await Deno.rename(site.path("pg/pg_ident.conf"), site.path("ident"));
  await site.link("../ident", "pg/pg_ident.conf");
  await postgres.sql(`create tablespace space location '${site.path("space")}'`);
  await postgres.sql("create database app");
  const label = await stanza.backup();
  const [oid, space] = [
    await postgres.sql("select oid from pg_database where datname = 'app'"),
    await postgres.sql("select oid from pg_tablespace where spcname = 'space'"),
  ];
  const text = await site.mustBackrest(["info", `--set=${label}`]);
  assertMatch(text, /^ {12}lsn start\/stop: [0-9A-F]+\/[0-9A-F]+ \/ [0-9A-F]+\/[0-9A-F]+$/m);
  assertMatch(text, new RegExp(`^ {12}database list: app \\(${oid}\\), postgres \\(5\\)$`, "m"));
  assertStringIncludes(text, "            symlinks:\n                pg_ident.conf => ../ident\n");
  assertStringIncludes(text, `            tablespaces:\n                space (${space}) => ${site.path("space")}\n`);
  const [{ backup: [backup] }] = JSON.parse(await site.mustBackrest(["info", `--set=${label}`, "--output=json"]));
  assertEquals(backup["database-ref"], [{ name: "app", oid: Number(oid) }, { name: "postgres", oid: 5 }]);
  assertEquals(backup.link, [{ destination: "../ident", name: "pg_ident.conf" }]);
  assertEquals(backup.tablespace, [{ destination: site.path("space"), name: "space", oid: Number(space) }]);
});

Deno.test("a running backup is seen with its progress", async () => {
  await using stanza = await makeStanza("info-running", { gate: true });
  const { site } = stanza;
  const noise = crypto.getRandomValues(new Uint8Array(65536));
  site.write("pg/noise", "", 0o600);
  for (let i = 0; i < 1024; i++) {
    Deno.writeFileSync(site.path("pg/noise"), noise.map((byte) => byte ^ i), { append: true });
  }
  await using running = site.start(["backup", "--type=full", "--compress-type=zst", "--compress-level=19"]);
  await until("the lock", () => namesIn(site.path("lock")).includes("demo-backup-1.lock"));
  const progress = async () => {
    const [report] = JSON.parse(await site.mustBackrest(["info", "--output=json", "--detail-level=progress"]));
    return report;
  };
  const waiting = await progress();
  assertEquals(Object.keys(waiting).sort(), ["name", "status"]);
  assertEquals(waiting.status.lock, { backup: { held: true }, restore: { held: false } });
  assertMatch(await site.mustBackrest(["info"]), /status: error \(no valid backups, backup\/expire running\)/);
  stanza.openGate();
  let lock = waiting.status.lock.backup;
  await until("bytes that are done", async () => (lock = (await progress()).status.lock.backup)["size-cplt"] > 0);
  assert(lock.size > 60_000_000 && lock["size-cplt"] < lock.size, JSON.stringify(lock));
  assertEquals(lock.repo, [{ key: 1, size: lock.size, "size-cplt": lock["size-cplt"] }]);
  const text = await site.mustBackrest(["info", "--detail-level=progress"]);
  assertMatch(
    text,
    /^stanza: demo\n {4}status: error \(no valid backups, backup\/expire running - \d+\.\d\d% complete\)\n$/,
  );
  running.kill("SIGTERM");
  await running.ended;
  assertEquals((await progress()).status.lock, NO_LOCK);
});

Deno.test("a running restore is seen", async () => {
  await using stanza = await makeStanza("info-restore");
  const { site } = stanza;
  await stanza.backup();
  await using running = site.start(["restore", `--pg1-path=${site.path("restored")}`]);
  await until("the lock", () => namesIn(site.path("lock")).includes("demo-restore-1.lock"));
  running.kill("SIGSTOP");
  assertMatch(await site.mustBackrest(["info"]), /status: ok \(restore running( - \d+\.\d\d% complete)?\)/);
  const [report] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertEquals([report.status.lock.restore.held, report.status.lock.backup.held], [true, false]);
  running.kill("SIGCONT");
  assertEquals((await running.ended).code, 0);
  assertEquals(JSON.parse(await site.mustBackrest(["info", "--output=json"]))[0].status.lock, NO_LOCK);
});
