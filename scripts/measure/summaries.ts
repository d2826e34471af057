/** Incremental backups of a cluster of which little has changed, with WAL summaries of PostgreSQL 18 and without. */
import { BIN, type Contender, openBed, startServer, type TestBed } from "./bed.ts";
import type { Task } from "./task.ts";

/** The peer knows PostgreSQL up to 15 only: each program has a cluster of its own, with the same tables and changes. */
const SERVERS = {
  pg_backrest: {
    bin: new URL("../../.tools/postgres/18/bin", import.meta.url).pathname,
    settings: ["summarize_wal=on"],
  },
  pgbackrest: { bin: BIN, settings: [] },
} as const;

/** 200 tables of 25 MB are 5 GB; a page has place for so many rows. */
const TABLES = 200;
const TABLE_ROWS = 76_000;
const PAGE_ROWS = 24;

/** One page of so many is changed, in a hundredth of the tables or in all of them. */
const CHANGED_PAGES = 1000;
const CHANGED_TABLES = TABLES / 100;

/** Two servers, one for each program, whose full backup has been taken. `part` 0.1 makes a tenth of the data. */
export async function makeSummariesBed(executable: string, part: number): Promise<TestBed> {
  if (!exists(SERVERS.pg_backrest.bin)) throw new Error("PostgreSQL 18 is missing, run: scripts/setup --postgres=18");
  await using stack = new AsyncDisposableStack();
  const bed = stack.use(await openBed(executable));
  const contenders = bed.contenders.map((contender) => withServer(contender, bed.folder));
  for (const { name, call } of contenders) {
    const { bin, settings } = SERVERS[name];
    const [pg, socket] = [`${bed.folder}/pg-${name}`, `${bed.folder}/socket-${name}`];
    stack.use(await startServer(bed, { bin, pg, socket, settings: ["autovacuum=off", ...settings] }));
    await bed.run(
      `${psql(bed.folder, name)} -c '${fill(Math.round(TABLE_ROWS * part))}' -c 'vacuum freeze' -c checkpoint`,
    );
    await bed.run(`${call} stanza-create`);
    await bed.run(backup({ name, call }, "full"));
  }
  const whole = stack.move();
  return { ...bed, contenders, [Symbol.asyncDispose]: () => whole.disposeAsync() };
}

/** Few changes in few files, the same where hints of rows have given every file another time, and few in every file. */
export function summariesTasks({ folder }: TestBed): Task[] {
  const task = (name: string, goal: number, { tables, touch }: { tables: number; touch: boolean }): Task => ({
    name,
    goal,
    prepare: ({ name, repository }) =>
      `rm -rf ${repository}/backup/demo/*_*; ` +
      `${psql(folder, name)} -c '${change(tables)}' -c checkpoint; ` +
      `${touch ? `touch ${folder}/pg-${name}/base/5/* ${folder}/pg-${name}/base/[0-9]*/[0-9]*; ` : ""}sync`,
    line: (contender) => backup(contender, "incr"),
  });
  return [
    task("incr 1 % of files", 0.25, { tables: CHANGED_TABLES, touch: false }),
    task("  all touched", 0.25, { tables: CHANGED_TABLES, touch: true }),
    task("incr all files", 0.8, { tables: TABLES, touch: false }),
  ];
}

function withServer({ name, call, repository }: Contender, folder: string): Contender {
  const server = `--pg1-path=${folder}/pg-${name} --pg1-socket-path=${folder}/socket-${name}`;
  return { name, repository, call: `${call} ${server}` };
}

function backup({ name, call }: Pick<Contender, "name" | "call">, type: "full" | "incr"): string {
  const own = name === "pg_backrest" ? "--repo1-block " : "";
  return `${call} --repo1-bundle ${own}--no-archive-check --no-expire-auto --type=${type} backup`;
}

function psql(folder: string, name: Contender["name"]): string {
  return `${BIN}/psql -X -q -v ON_ERROR_STOP=1 -h ${folder}/socket-${name} -U postgres -d postgres`;
}

/** Tables whose rows compress as text of some kind does, with room for a second version of some rows in each page. */
function fill(rows: number): string {
  const text = Array.from({ length: 8 }, (_, i) => `md5((id * 8 + ${i})::text)`).join(" || ");
  return doFor(
    TABLES,
    `execute format($q$create table t%s with (fillfactor = 85) as select id, ${text} as filler ` +
      `from generate_series(1, ${rows}) id$q$, n);`,
  );
}

/** Changes the same number of pages, however many tables they are in. */
function change(tables: number): string {
  const step = PAGE_ROWS * CHANGED_PAGES * tables / TABLES;
  return doFor(tables, `execute format($q$update t%s set filler = reverse(filler) where id %% ${step} = 0$q$, n);`);
}

function doFor(tables: number, statement: string): string {
  return `do $do$ begin for n in 1..${tables} loop ${statement} end loop; end $do$`;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
