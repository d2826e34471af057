/** A server's day in random pieces: whatever makes, changes, shortens, moves or removes relations. */
import type { Dice } from "./dice.ts";
import type { Postgres } from "./postgres.ts";

const INDEXES = ["btree (i)", "hash (i)", "brin (i)", "gin (a)", "gist (p)", "spgist (p)"];

/** Tables have one of these names, in the database `postgres` and in copies of it. */
const TABLES = 6;

const ROW = "i, repeat(md5(i::text), 5) as v, array[i, i + 1] as a, point(i, i) as p";

/** One thing done to table `t`; statements that cannot be run in one transaction stand alone. */
const ON_TABLE: readonly ((t: string, dice: Dice) => string[])[] = [
  (t) => [`insert into ${t} select ${ROW} from generate_series(1, 400) i`],
  (t, dice) => [`update ${t} set v = 'changed' where i = ${dice.roll(1, 400)}`],
  (t, dice) => [`delete from ${t} where i > ${dice.roll(1, 400)}`, `vacuum ${t}`],
  (t) => [`begin; update ${t} set v = 'never'; rollback`],
  (t) => [`truncate ${t}`],
  (t) => [`vacuum full ${t}`],
  (t) => [`vacuum freeze ${t}`],
  (t) => [`reindex table ${t}`],
  (t, dice) => [`create index on ${t} using ${dice.pick(INDEXES)}`],
  (t, dice) => [`alter table ${t} set tablespace ${dice.pick(["side", "pg_default"])}`],
  (t) => [`alter table ${t} set unlogged`, `alter table ${t} set logged`],
  (t) => [`drop table ${t}`],
  (t) => [`select count(*), sum(length(v)) from ${t}`],
  (t) => [`begin; select * from ${t} limit 5 for update; commit`],
  (t, dice) => [`select setval('${t}_seq', ${dice.roll(1, 1000)})`],
  (t) => [`insert into ${t} select i, string_agg(md5(x::text), ''), a, p from ${t}, generate_series(1, 200) x
    where i < 3 group by i, a, p`],
];

/** One thing done to the cluster. */
const ON_CLUSTER: readonly ((dice: Dice) => string[])[] = [
  () => ["checkpoint"],
  () => ["select pg_switch_wal()"],
  () => ["drop database if exists copied", "create database copied template template0 strategy wal_log"],
  () => ["drop database if exists copied", "create database copied template template0 strategy file_copy"],
  () => ["drop database if exists copied"],
  () => ["create database copied tablespace side", "alter database copied set tablespace pg_default"],
  (dice) => [`select lo_from_bytea(0, decode(repeat('ab', ${dice.roll(1, 9000)}), 'hex'))`],
];

/** Makes the tablespace that {@linkcode work} uses. */
export async function furnishForWork(postgres: Postgres, sideFolder: string): Promise<void> {
  await postgres.sql(`create tablespace side location '${sideFolder}'`);
}

/** Does some random things; those the server refuses at this time are left out. Returns what was done. */
export async function work(postgres: Postgres, dice: Dice, pieces: number): Promise<string[]> {
  const done: string[] = [];
  for (let piece = 0; piece < pieces; piece++) {
    if (dice.chance(4)) {
      await postgres.stop("immediate");
      await postgres.start();
      done.push("crash");
    }
    const table = `t${dice.roll(1, TABLES)}`;
    const place = dice.chance(30) ? "tablespace side" : "";
    await postgres.sql(`create table if not exists ${table} (i int, v text, a int[], p point) ${place};
      create sequence if not exists ${table}_seq`);
    const statements = dice.chance(80) ? dice.pick(ON_TABLE)(table, dice) : dice.pick(ON_CLUSTER)(dice);
    for (const statement of statements) done.push(await attempt(postgres, statement));
  }
  return done;
}

async function attempt(postgres: Postgres, statement: string): Promise<string> {
  try {
    await postgres.sql(statement);
    return statement;
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("ERROR:")) throw error;
    return `refused: ${statement}`;
  }
}
