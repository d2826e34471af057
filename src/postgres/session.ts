import { BackRestError, fail } from "../error.ts";

/** Where a server is and who asks. */
export interface SessionTarget {
  /** Folder of the unix socket, or a host name. */
  socketFolder: string;
  port: number;
  database: string;
  user: string;
  password?: string;
  /** `pgBackRest [backup]` in the peer; shown in pg_stat_activity. */
  applicationName: string;
  /** Longest time of a query in milliseconds (option db-timeout). */
  timeout: number;
}

/** A row as text; every column of our queries is cast so that nothing is lost in a number. */
export type Row = (string | null)[];

/** A session of a PostgreSQL server. Disposing closes it, which makes the server drop a backup under way. */
export interface Session extends AsyncDisposable {
  /** Aborted with error 57 when the server ends the session. */
  readonly lost: AbortSignal;
  /** Runs one statement. Error 57 when it fails, takes longer than the timeout or the connection is lost. */
  query(text: string, values?: (string | boolean | number)[]): Promise<Row[]>;
}

/** Longest time to wait for the connection itself, in milliseconds. */
const CONNECT_TIMEOUT = 30_000;

/** Time that the server's own statement timeout gets before the client gives up on it, in milliseconds. */
const SERVER_GRACE = 5_000;

/** Connects; error 56 names socket, user and database. */
export async function openSession(target: SessionTarget): Promise<Session> {
  const { Client } = await import("pg");
  const client = new Client({
    host: target.socketFolder,
    port: target.port,
    database: target.database,
    user: target.user,
    ...(target.password === undefined ? {} : { password: target.password }),
    application_name: target.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    query_timeout: target.timeout + SERVER_GRACE,
    ssl: false,
  });
  const lost = new AbortController();
  client.on("error", (error) => lost.abort(lostError(target, error)));
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    throw connectError(target, error);
  }
  const query = async (text: string, values: (string | boolean | number)[] = []): Promise<Row[]> => {
    lost.signal.throwIfAborted();
    try {
      const { rows } = await client.query({ text, values, rowMode: "array" });
      return rows;
    } catch (error) {
      throw queryError(text, error);
    }
  };
  const close = async () => void await client.end().catch(() => {});
  try {
    await prepare(query, target.timeout);
  } catch (error) {
    await close();
    throw error;
  }
  return { query, lost: lost.signal, [Symbol.asyncDispose]: close };
}

/** Settings every session of ours has: nothing found through a foreign schema, one process, bounded statements. */
async function prepare(query: Session["query"], timeout: number): Promise<void> {
  await query("set search_path = 'pg_catalog'");
  await query("set client_encoding = 'UTF8'");
  await query("set max_parallel_workers_per_gather = 0");
  await query("select pg_catalog.set_config('statement_timeout', $1, false)", [`${Math.ceil(timeout)}ms`]);
}

function reason(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return `${message ?? String(error)}${code === undefined || message?.includes(code) ? "" : ` [${code}]`}`;
}

function connectError(target: SessionTarget, error: unknown): BackRestError {
  const where = `'${target.socketFolder}' port ${target.port}`;
  const text = reason(error);
  return new BackRestError(
    "dbConnect",
    `unable to connect to PostgreSQL at ${where} as user '${target.user}', database '${target.database}': ${text}`,
    { cause: error, hint: connectHint(target, text) },
  );
}

function lostError({ socketFolder, port }: SessionTarget, error: unknown): BackRestError {
  const where = `'${socketFolder}' port ${port}`;
  return new BackRestError("dbQuery", `PostgreSQL at ${where} has ended the session: ${reason(error)}`, {
    cause: error,
  });
}

function connectHint(target: SessionTarget, text: string): string {
  if (/password/.test(text)) return "put the password into ~/.pgpass of the user who runs this command, mode 0600";
  if (/role|user|authentication|pg_hba/i.test(text)) return "is option pg-user right, and does pg_hba.conf let it in?";
  const socket = `${target.socketFolder}/.s.PGSQL.${target.port}`;
  return `is PostgreSQL running, and are options pg-socket-path and pg-port right? Look with: ls -l ${socket}`;
}

function queryError(text: string, error: unknown): BackRestError {
  if (error instanceof BackRestError) return error;
  return new BackRestError("dbQuery", `unable to execute query '${text}': ${reason(error)}`, { cause: error });
}

/** The only value of a query that gives one row with one column; error 57 when it gives anything else. */
export async function queryValue(
  session: Session,
  text: string,
  values: (string | boolean | number)[] = [],
): Promise<string> {
  const rows = await session.query(text, values);
  const value = rows.length === 1 && rows[0]!.length === 1 ? rows[0]![0] : undefined;
  if (typeof value === "string") return value;
  fail("dbQuery", `query '${text}' gave no single value`, {
    hint: "does the user of option pg-user have the privileges to see it (role pg_read_all_settings)?",
  });
}
