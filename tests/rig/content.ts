import { assertEquals } from "@std/assert";
import type { Postgres } from "./postgres.ts";
import { until } from "./program.ts";

const TABLES = `select format('%I.%I', schemaname, tablename) from pg_tables
  where schemaname not in ('pg_catalog', 'information_schema') order by 1`;

/** Fingerprint of every table of a database by name: number of rows and a hash over all of them. */
export async function contentOf(postgres: Postgres, database = "postgres"): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const table of (await postgres.sql(TABLES, database)).split("\n").filter((name) => name !== "")) {
    const hash = `select count(*) || ' rows, ' || coalesce(md5(string_agg(t::text, ',' order by t::text)), '-')`;
    content[table] = await postgres.sql(`${hash} from ${table} as t`, database);
  }
  return content;
}

/** Waits until the server has ended its recovery and takes writes. */
export async function promoted(postgres: Postgres): Promise<void> {
  await until("the end of recovery", async () => await postgres.sql("select pg_is_in_recovery()") === "f");
}

/** What a server holds is there again after it was stopped, restored up to its last WAL and started. */
export async function assertComesBack(postgres: Postgres, restore: () => Promise<unknown>): Promise<void> {
  await postgres.sql("select pg_switch_wal()");
  const content = await contentOf(postgres);
  await postgres.stop();
  await restore();
  await postgres.start();
  await promoted(postgres);
  assertEquals(await contentOf(postgres), content);
}

/** A moment of the server's clock that lies in a later second than all that happened before. */
export async function laterMoment(postgres: Postgres): Promise<string> {
  const second = Number(await postgres.sql("select floor(extract(epoch from clock_timestamp()))"));
  await until("the next second", () => Date.now() >= (second + 1) * 1000);
  return await postgres.sql("select clock_timestamp()");
}
