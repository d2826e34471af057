/** A cluster with everything in it that a backup can stumble over: links, odd names, empty files, a damaged page. */
import { assertEquals } from "@std/assert";
import { contentOf, promoted } from "../rig/content.ts";
import { databaseUser } from "../rig/program.ts";
import { type Postgres, type PostgresOptions, startPostgres } from "../rig/postgres.ts";
import type { Site } from "../rig/site.ts";
import { type TreeEntry, treeOf } from "./tree.ts";

/** The cluster and what a test needs to know of it. */
export interface OddCluster extends AsyncDisposable {
  readonly postgres: Postgres;
  /** Manifest name of the relation that has damaged pages, and which they are as the manifest lists them. */
  readonly damaged: { name: string; pages: (number | [number, number])[] };
  /** Removes the files of other users: over them only root can restore. */
  removeForeign(): void;
  /** Removes the data folder and everything its links lead to. */
  wipe(): void;
}

/** Names of files that belong to others, when root makes the cluster. */
const FOREIGN = { "of root": 0, "of nobody we know": 54321 } as const;

/** Folders below the site with what belongs to the cluster but lies outside its data folder. */
const OUTSIDE = ["tablespace", "outside"];

/** Names of files directly in the data folder; each is legal on disk and awkward in a list of `name=value` lines. */
export const ODD_NAMES: readonly string[] = [
  "a b.txt",
  " blank before",
  "blank after ",
  'it\'s "quoted"',
  "a=b=.txt",
  '="{}',
  'x={"size":1,"timestamp":2}',
  "[backup]",
  "[x]=[y]",
  "{curly}",
  "#hash",
  "back\\slash",
  "tab\there",
  "return\rhere",
  "äöü.txt",
  "e\u0301 and é",
  "\u{1f418}",
  "\uffee",
  ".hidden",
  "percent%20",
  "looks.gz",
  "looks.pgbackrest.tmp",
  `${"long".repeat(60)}`,
];

/** Starts such a cluster. Its owner is the database user; files of others are only there when the tests run as root. */
export async function startOddCluster(site: Site, options: PostgresOptions = {}): Promise<OddCluster> {
  const settings = { autovacuum: "off", "restart_after_crash": "off", ...options.settings };
  const postgres = await startPostgres(site, { ...options, settings });
  site.makeFolder("tablespace", 0o700);
  await makeTables(postgres, site.path("tablespace"));
  makeFiles(site);
  const damaged = await damage(postgres);
  return {
    postgres,
    damaged,
    removeForeign() {
      if (databaseUser() === undefined) return;
      for (const name of Object.keys(FOREIGN)) Deno.removeSync(site.path(`pg/${name}`));
    },
    wipe() {
      for (const folder of ["pg", ...OUTSIDE]) Deno.removeSync(site.path(folder), { recursive: true });
    },
    [Symbol.asyncDispose]: () => postgres[Symbol.asyncDispose](),
  };
}

async function makeTables({ sql }: Postgres, tablespace: string): Promise<void> {
  await sql(`create tablespace "ts one" location '${tablespace}'`);
  await sql(`
    create table many as select i, md5(i::text) as text from generate_series(1, 20000) as i;
    create table elsewhere (i int primary key, text text) tablespace "ts one";
    insert into elsewhere select i, repeat('ä', i % 100) from generate_series(1, 3000) as i;
    create unlogged table fleeting (i int primary key);
    insert into fleeting select generate_series(1, 1000);
    create unlogged table fleeting_elsewhere (i int) tablespace "ts one";
    insert into fleeting_elsewhere select generate_series(1, 1000);
    create table nothing_in_it (i int);
    create table added (i int);
    create materialized view damaged as select i, repeat('x', 500) as text from generate_series(1, 150) as i`);
  // A third of all files, and nobody needs them.
  await sql("alter database template1 is_template false");
  await sql("drop database template1");
  // Nobody's look at it changes its pages any more.
  await sql("vacuum pg_database");
  await sql("checkpoint");
}

function makeFiles(site: Site): void {
  for (const [i, name] of ODD_NAMES.entries()) site.write(`pg/${name}`, `content ${i}`, 0o600);
  site.write("pg/zero", "");
  site.makeFolder("pg/folder [of] =odd= 'things'", 0o700);
  site.write("pg/folder [of] =odd= 'things'/file", "x".repeat(100_000), 0o640);
  site.makeFolder("pg/empty", 0o750);
  for (const folder of ["outside", "outside/folder", "outside/folder/deeper"]) site.makeFolder(folder, 0o700);
  site.write("outside/folder/behind a link", "outside", 0o644);
  site.write("outside/folder/deeper/zero", "", 0o600);
  site.write("outside/linked.conf", "# settings\n", 0o600);
  site.write("outside/near.conf", "# relative\n", 0o600);
  const link = (target: string, name: string) => {
    Deno.symlinkSync(target, site.path(name));
    ownLink(site.path(name));
  };
  link(site.path("outside/linked.conf"), "pg/linked.conf");
  link("../outside/near.conf", "pg/near.conf");
  link(site.path("outside/folder"), "pg/linked folder");
  if (databaseUser() === undefined) return;
  for (const [name, uid] of Object.entries(FOREIGN)) {
    site.write(`pg/${name}`, "not ours", 0o644);
    Deno.chownSync(site.path(`pg/${name}`), uid, uid);
  }
}

function ownLink(path: string): void {
  const owner = databaseUser();
  if (owner === undefined) return;
  const args = ["--no-dereference", `${owner.uid}:${owner.gid}`, path];
  const { success } = new Deno.Command("/bin/chown", { args }).outputSync();
  if (!success) throw new Error(`chown ${path} failed`);
}

/** Overwrites what the server has written already and does not look at again; no table, so that nobody compares it. */
async function damage({ sql, folder }: Postgres): Promise<OddCluster["damaged"]> {
  const path = await sql("select pg_relation_filepath('damaged')");
  using file = Deno.openSync(`${folder}/${path}`, { write: true });
  const pages = Deno.statSync(`${folder}/${path}`).size / 8192;
  if (pages < 9) throw new Error(`relation damaged has only ${pages} pages`);
  for (const page of [1, 3, 4, 5, 8]) {
    file.seekSync(page * 8192 + 4000, Deno.SeekMode.Start);
    file.writeSync(new TextEncoder().encode("damage"));
  }
  return { name: `pg_data/${path}`, pages: [1, [3, 5], 8] };
}

/** What a recovery leaves of a content: unlogged tables are empty after it. */
function afterRecovery(content: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(content).map(([table, sum]) => [table, table.includes("fleeting") ? "0 rows, -" : sum]),
  );
}

/** The links of the data folder, and what lies outside it, tablespaces left out. */
export async function linkedPartsOf(site: Site): Promise<Record<string, TreeEntry>> {
  const links = Object.entries(await treeOf(site.path("pg"))).filter(([, { kind }]) => kind === "link");
  return { ...Object.fromEntries(links), ...await treeOf(site.path("outside")) };
}

/** Writes something that tells this moment from others. */
export async function insert({ sql }: Postgres, when: string): Promise<void> {
  await sql(`insert into added select i from generate_series(1, 1000) as i; create table "${when}" (i int)`);
}

/** Starts a restored server, waits for the end of recovery and compares what it holds with what it held. */
export async function assertRecovered(postgres: Postgres, content: Record<string, string>): Promise<void> {
  await postgres.start();
  await promoted(postgres);
  assertEquals(await contentOf(postgres), afterRecovery(content));
}
