/** Damaged pages in the cluster: the backup is made, says what it found, and keeps saying it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { start, until } from "../rig/program.ts";
import { backupPath, damage } from "../rig/repository.ts";
import { makeStanza } from "../rig/stanza.ts";
import { BIN } from "../rig/postgres.ts";

const PAGE = 8192;

/** Lines of a manifest about a file, as `key=value`. */
function manifestLine(folder: string, name: string): string {
  const text = Deno.readTextFileSync(`${folder}/backup.manifest`);
  return text.split("\n").find((line) => line.startsWith(`pg_data/${name}={`))!;
}

Deno.test("pages whose checksum is wrong are listed in the log, in the manifest and by info; the backup is made", async () => {
  await using stanza = await makeStanza("pages", { global: { "process-max": "2" } });
  const { site, postgres } = stanza;
  await postgres.sql("create table small as select i from generate_series(1, 2000) i");
  await postgres.sql("create table big as select i, repeat('x', 500) from generate_series(1, 5000) i");
  await postgres.sql("checkpoint");
  const [small, big] = await Promise.all(
    ["small", "big"].map((name) => postgres.sql(`select pg_relation_filepath('${name}')`)),
  );
  await postgres.stop();
  damage(`${postgres.folder}/${small}`, 2 * PAGE + 1000);
  for (const page of [3, 4, 5, 9, 200]) damage(`${postgres.folder}/${big}`, page * PAGE + 4000);
  await postgres.start();

  const ended = await site.backrest(["backup", "--type=full"]);
  assertEquals(ended.code, 0, ended.stdout);
  assertStringIncludes(
    ended.stdout,
    `WARN: invalid page checksum found in file ${postgres.folder}/${small} at page 2\n`,
  );
  assertStringIncludes(
    ended.stdout,
    `WARN: invalid page checksums found in file ${postgres.folder}/${big} at pages 3-5, 9, 200\n`,
  );
  const label = /new backup label = (\S+)/.exec(ended.stdout)![1]!;
  const folder = backupPath(site, label);
  assertMatch(manifestLine(folder, big!), /"checksum-page":false,"checksum-page-error":\[\[3,5\],9,200\]/);
  assertMatch(manifestLine(folder, small!), /"checksum-page":false,"checksum-page-error":\[2\]/);
  assertMatch(manifestLine(folder, "base/1/PG_VERSION"), /^(?!.*checksum-page)/);

  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json", `--set=${label}`]));
  assertEquals([info.backup[0].error, info.backup[0]["error-list"]], [true, [small, big].sort()]);
  assertStringIncludes(await site.mustBackrest(["info"]), "error(s) detected during backup");
  assertStringIncludes(
    await site.mustBackrest(["info", `--set=${label}`]),
    `error list: ${[small, big].sort().join(", ")}`,
  );
});

Deno.test("a relation that does not end at a page is named; empty pages are fine", async () => {
  await using stanza = await makeStanza("pages-end");
  const { site, postgres } = stanza;
  await postgres.sql("create table t as select i from generate_series(1, 2000) i");
  await postgres.sql("create table u as select i from generate_series(1, 2000) i");
  const [t, u] = [
    await postgres.sql("select pg_relation_filepath('t')"),
    await postgres.sql("select pg_relation_filepath('u')"),
  ];
  await postgres.stop();
  Deno.writeFileSync(`${postgres.folder}/${t}`, new Uint8Array(100), { append: true });
  Deno.writeFileSync(`${postgres.folder}/${u}`, new Uint8Array(3 * PAGE), { append: true });
  await postgres.start();
  const said = await site.mustBackrest(["backup", "--type=full"]);
  assertStringIncludes(
    said,
    `WARN: page misalignment in file ${postgres.folder}/${t}: file size is not divisible by page`,
  );
  assertEquals(said.split("WARN").length - 1, 1, said);
});

Deno.test("a cluster without checksums is copied without looking at pages", async () => {
  await using stanza = await makeStanza("pages-off", { postgres: { checksums: false } });
  const { site, postgres } = stanza;
  await postgres.sql("create table t as select i from generate_series(1, 2000) i");
  const t = await postgres.sql("select pg_relation_filepath('t')");
  const said = await site.mustBackrest(["backup", "--type=full", "--checksum-page"]);
  assertStringIncludes(said, "WARN: checksum-page option set to true but checksums are not enabled on the cluster");
  const label = /new backup label = (\S+)/.exec(said)![1]!;
  assert(!manifestLine(backupPath(site, label), t).includes("checksum-page"));
  assertEquals(JSON.parse(await site.mustBackrest(["info", "--output=json"]))[0].backup[0].error, false);
});

Deno.test("pages that are being written during the backup are not taken for damaged ones", async () => {
  await using stanza = await makeStanza("pages-busy", { postgres: { settings: { shared_buffers: "1MB" } } });
  const { site, postgres } = stanza;
  const bench = (args: string[]) => start(`${BIN}/pgbench`, ["-h", postgres.socketFolder, ...args, "postgres"]);
  const made = bench(["-i", "-s", "4", "-q"]);
  assertEquals((await made.ended).code, 0);
  await using load = bench(["-c", "4", "-T", "60", "-n"]);
  await until(
    "the first transactions",
    async () => await postgres.sql("select count(*) > 10 from pgbench_history") === "t",
  );
  const said = await site.mustBackrest(["backup", "--type=full", "--compress-type=none"]);
  assertEquals(said.includes("WARN"), false, said);
  load.kill("SIGTERM");
  const [info] = JSON.parse(await site.mustBackrest(["info", "--output=json"]));
  assertEquals(info.backup[0].error, false);
});
