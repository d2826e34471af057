/** Archiving in the background through trouble of every kind: nothing missing, nothing wrong, and it goes on by itself. */
import { assert, assertEquals } from "@std/assert";
import type { Postgres } from "../rig/postgres.ts";
import { until } from "../rig/program.ts";
import { archived, archiveFolder, namesIn } from "../rig/repository.ts";
import { STANZA } from "../rig/site.ts";
import { mountSmallDisk } from "../rig/small_disk.ts";
import { ASYNC, breaksIn, makeReady, quiet, segments } from "../rig/spool.ts";
import { makeStanza, type Stanza } from "../rig/stanza.ts";
import { makeQuietStanza } from "../rig/wal.ts";

const SMALL = { walSegmentSize: 1, settings: { min_wal_size: "2MB", max_wal_size: "8MB" } };
const SETTINGS = { ...ASYNC, "archive-timeout": "2", "compress-level": "1", "process-max": "2" };

const names = (stanza: Stanza) =>
  archived(stanza.site).filter((name) => /^[0-9A-F]{24}-/.test(name) && !name.endsWith(".tmp")).map((name) =>
    name.slice(0, 24)
  );

async function write(postgres: Postgres): Promise<string> {
  await postgres.sql("insert into filled select i, repeat(md5(i::text), 40) from generate_series(1, 100) i");
  return await postgres.sql("select pg_walfile_name(pg_switch_wal())");
}

/** Failures PostgreSQL has seen of its archive_command. */
const failures = async (postgres: Postgres) => Number(await postgres.sql("select failed_count from pg_stat_archiver"));

/** Writes WAL in spite of trouble until archive_command fails, ends the trouble and waits until all is archived. */
async function getOver({ postgres }: Stanza, heal: () => void | Promise<void>): Promise<void> {
  const before = await failures(postgres);
  await until("archive_command to fail", async () => {
    if (await failures(postgres) > before) return true;
    await write(postgres);
    return await failures(postgres) > before;
  });
  await heal();
  await archiveAll({ postgres });
}

/** Writes WAL and waits until PostgreSQL knows that all of it is archived. */
async function archiveAll({ postgres }: Pick<Stanza, "postgres">): Promise<void> {
  let last = await write(postgres);
  await until("everything to be archived", async () => {
    if (await postgres.sql("select last_archived_wal from pg_stat_archiver") >= last) return true;
    // After three failures PostgreSQL sleeps for a minute, unless there is more.
    if (Math.random() < 0.2) last = await write(postgres);
    return false;
  }, 90);
}

/** Ends the server and looks at what is in the archive. */
async function judge(stanza: Stanza): Promise<void> {
  const { site, postgres } = stanza;
  await until("pg_wal to shrink", async () => {
    await postgres.sql("checkpoint");
    return namesIn(site.path("pg/pg_wal")).length < 20;
  });
  await postgres.stop();
  await quiet(site);
  const stored = names(stanza);
  assertEquals(breaksIn(stored), [], "no hole, nothing twice");
  assertEquals((await site.backrest(["verify"])).code, 0);
}

Deno.test("a repository that is read-only, away or full, and a spool that is full, are got over", async () => {
  await using stanza = await makeStanza("trouble", {
    global: SETTINGS,
    postgres: { ...SMALL, archiver: "none" },
    create: false,
  });
  const { site, postgres } = stanza;
  await using repository = await mountSmallDisk(site, "small", 24);
  await using spool = await mountSmallDisk(site, "smallspool", 1);
  stanza.configure({ ...SETTINGS, "repo1-path": `${repository.folder}/repo`, "spool-path": `${spool.folder}/spool` });
  const { executable } = await import("../rig/program.ts");
  const call = `${executable()} --config=${site.path("pgbackrest.conf")} --stanza=${STANZA} archive-push %p`;
  postgres.configure({ archive_mode: "on", archive_command: call });
  await postgres.stop();
  await postgres.start();
  await site.mustBackrest(["stanza-create"]);
  await postgres.sql("create table filled (id int, text text)");
  await site.link(`${repository.folder}/repo/archive`, "repo/archive");
  await write(postgres);
  const folder = `${repository.folder}/repo/archive/${STANZA}/15-1`;
  await until("the first segment", () => namesIn(folder).length > 0);

  const [inner] = namesIn(folder);
  await Deno.chmod(`${folder}/${inner}`, 0o550);
  await getOver(stanza, () => Deno.chmod(`${folder}/${inner}`, 0o750));

  await Deno.rename(`${repository.folder}/repo`, `${repository.folder}/away`);
  await getOver(stanza, () => Deno.rename(`${repository.folder}/away`, `${repository.folder}/repo`));

  repository.fill();
  await getOver(stanza, () => repository.clear());

  // Not every file of the spool needs room, so it need not fail.
  spool.fill();
  for (let i = 0; i < 3; i++) await write(postgres);
  spool.clear();
  await archiveAll(stanza);
  await judge(stanza);
});

Deno.test("two clusters that push to one stanza do not overwrite each other, and one of them is told", async () => {
  await using stanza = await makeQuietStanza("trouble-two", { global: { ...SETTINGS, "archive-timeout": "30" } });
  const { site, postgres } = stanza;
  const files = segments(5, 4);
  site.makeFolder("spool2");
  const config = Deno.readTextFileSync(site.path("pgbackrest.conf"));
  await new Deno.Command("/bin/cp", { args: ["--archive", postgres.folder, site.path("pg2")] }).output();
  site.makeFolder("other");
  site.write(
    "other/pgbackrest.conf",
    config.replace(`pg1-path=${postgres.folder}`, `pg1-path=${site.path("pg2")}`)
      .replace(`spool-path=${site.path("spool")}`, `spool-path=${site.path("spool2")}`)
      .replace(`lock-path=${site.path("lock")}`, `lock-path=${site.path("other")}`),
  );
  for (const name of files) {
    makeReady(stanza, name, { mark: `one ${name}` });
    const bytes = Deno.readFileSync(`${postgres.folder}/pg_wal/${name}`);
    bytes.set(new TextEncoder().encode("two"), 4096);
    site.write(`pg2/pg_wal/${name}`, bytes, 0o600);
    site.write(`pg2/pg_wal/archive_status/${name}.ready`, "", 0o600);
  }
  const clusters = [
    { config: site.path("pgbackrest.conf"), folder: postgres.folder, at: 0, codes: [] as number[] },
    { config: site.path("other/pgbackrest.conf"), folder: site.path("pg2"), at: 0, codes: [] as number[] },
  ];
  // Like PostgreSQL: what failed is tried again, what succeeded makes way for the next.
  for (let round = 0; round < files.length + 1; round++) {
    await Promise.all(
      clusters.filter(({ at }) => at < files.length).map(async (cluster) => {
        const args = [`--config=${cluster.config}`, "archive-push", `pg_wal/${files[cluster.at]}`];
        const { code } = await site.backrest(args, { cwd: cluster.folder });
        cluster.codes.push(code);
        if (code === 0) cluster.at++;
      }),
    );
    await quiet(site);
    assertEquals(names(stanza), [...new Set(names(stanza))], "one content at the most");
  }
  const told = clusters.map(({ codes }) => codes.join()).join("; ");
  assert(clusters.every(({ codes }) => codes.every((code) => code === 0 || code === 45)), told);
  assert(clusters.some(({ codes }) => codes.includes(45)), told);
  // What was acknowledged is what is there.
  for (const { folder, at } of clusters) {
    for (const name of files.slice(0, at)) {
      assertEquals((await site.backrest(["archive-get", name, site.path("got")])).code, 0);
      await quiet(site);
      assertEquals(await Deno.readFile(site.path("got")), await Deno.readFile(`${folder}/pg_wal/${name}`), told);
    }
  }
});

Deno.test("partial segments and other timelines are kept apart from the segments they look like", async () => {
  await using stanza = await makeQuietStanza("trouble-timeline", { global: { ...SETTINGS, "archive-timeout": "30" } });
  const { site, postgres } = stanza;
  const [name] = segments(5, 1) as [string];
  const [later] = segments(5, 1, 2) as [string];
  for (const [each, mark] of [[`${name}.partial`, "half"], [name, "whole"], [later, "later"]] as const) {
    makeReady(stanza, each, { mark });
    const ended = await site.backrest(["archive-push", `pg_wal/${each}`], { cwd: postgres.folder });
    assertEquals(ended.code, 0, ended.stdout);
    await quiet(site);
  }
  assertEquals(namesIn(archiveFolder(site)), ["0000000100000000", "0000000200000000"]);
  for (const [each, mark] of [[`${name}.partial`, "half"], [name, "whole"], [later, "later"]] as const) {
    assertEquals((await site.backrest(["archive-get", each, site.path("got")])).code, 0, each);
    const bytes = await Deno.readFile(site.path("got"));
    assertEquals(new TextDecoder().decode(bytes.subarray(4096, 4096 + mark.length)), mark, each);
    await quiet(site);
  }
});
