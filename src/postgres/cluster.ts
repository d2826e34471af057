import { fail } from "../error.ts";
import { queryValue, type Session } from "./session.ts";
import { majorOf, versionOfServer } from "./version.ts";
import type { SummarizedChange, WalSummaries } from "./wal_summary.ts";

/** What a backup and a check want to know of a running server. */
export interface ServerSettings {
  /** "15". */
  version: string;
  dataFolder: string;
  archiveMode: string;
  archiveCommand: string;
  /** Seconds. */
  checkpointTimeout: number;
  inRecovery: boolean;
}

/** Start of a backup as the server tells it. */
export interface BackupStart {
  lsn: string;
  /** Name of the WAL file that holds the start LSN. */
  walFile: string;
}

/** End of a backup. */
export interface BackupStop {
  lsn: string;
  walFile: string;
  /** Text of backup_label. */
  label: string;
  /** Text of tablespace_map; empty when there is none. */
  tablespaceMap: string;
}

/** A data base of the cluster. */
export interface DatabaseRow {
  oid: number;
  name: string;
  /** Highest oid the system gave out (that of template0). */
  lastSystemOid: number;
}

/** The fixed set of questions this program asks a server; nothing else is ever sent. */
export interface Cluster extends AsyncDisposable {
  readonly settings: ServerSettings;
  /** Aborted with error 57 when the server ends the session. */
  readonly lost: AbortSignal;
  /** The server's clock in epoch milliseconds. */
  clock(): Promise<number>;
  isInRecovery(): Promise<boolean>;
  /** Name of the WAL file that is being written. */
  currentWalFile(): Promise<string>;
  /** Makes sure there is something to switch and ends the present WAL file; returns its name. */
  switchWal(): Promise<string>;
  startBackup(label: string, fast: boolean): Promise<BackupStart>;
  stopBackup(): Promise<BackupStop>;
  databases(): Promise<DatabaseRow[]>;
  tablespaces(): Promise<{ oid: number; name: string }[]>;
  /** How far a standby has replayed WAL; null when it replays none. */
  replayLsn(): Promise<string | null>;
  /** Writes everything to disk; on a standby up to the last checkpoint of the primary that it has replayed. */
  checkpoint(): Promise<void>;
  /** From PostgreSQL 17 on. */
  walSummaries(): Promise<WalSummaries>;
  /**
   * What WAL from `from` to `to` (positions as text) changed in main forks, by all summaries that reach into it. From
   * PostgreSQL 17 on; error 57 also when one of the summaries is removed meanwhile.
   */
  summarizedChanges(timeline: string, from: string, to: string): Promise<SummarizedChange[]>;
  /** Functions a backup calls that the role of this session may not execute. */
  forbiddenFunctions(): Promise<string[]>;
}

/** The questions that may be asked from another host; their answers and what they are given are plain data. */
export const CLUSTER_CALLS = [
  "clock",
  "isInRecovery",
  "currentWalFile",
  "switchWal",
  "startBackup",
  "stopBackup",
  "databases",
  "tablespaces",
  "replayLsn",
  "checkpoint",
  "walSummaries",
  "summarizedChanges",
  "forbiddenFunctions",
] as const;

/** Name of one of them. */
export type ClusterCall = typeof CLUSTER_CALLS[number];

/** The questions over a session; error 57 when the server's settings cannot be seen. */
export async function openCluster(session: Session): Promise<Cluster> {
  const settings = await readSettings(session);
  const api = backupApi(settings.version);
  return {
    settings,
    lost: session.lost,
    clock: async () => Number(await queryValue(session, CLOCK)),
    isInRecovery: async () => await queryValue(session, IN_RECOVERY) === "true",
    currentWalFile: () => queryValue(session, "select pg_walfile_name(pg_current_wal_insert_lsn())::text"),
    async switchWal() {
      await session.query("select pg_create_restore_point($1)::text", ["pg_backrest check"]);
      return await queryValue(session, "select pg_walfile_name(pg_switch_wal())::text");
    },
    startBackup: (label, fast) => startBackup(session, { api, label, fast }),
    stopBackup: () => stopBackup(session, api),
    databases: () => readDatabases(session),
    tablespaces: () => readTablespaces(session),
    replayLsn: async () => (await session.query("select pg_last_wal_replay_lsn()::text"))[0]![0]!,
    checkpoint: async () => void await session.query("checkpoint"),
    walSummaries: () => readSummaries(session),
    summarizedChanges: (...range) => readChanges(session, range),
    forbiddenFunctions: () => readForbiddenFunctions(session, api),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

const CLOCK = "select (extract(epoch from clock_timestamp()) * 1000)::bigint::text";
const IN_RECOVERY = "select pg_is_in_recovery()::text";

const SETTINGS = `select (select setting from pg_settings where name = 'server_version_num')::text,
  (select setting from pg_settings where name = 'data_directory')::text,
  (select setting from pg_settings where name = 'archive_mode')::text,
  (select setting from pg_settings where name = 'archive_command')::text,
  (select setting from pg_settings where name = 'checkpoint_timeout')::text,
  pg_is_in_recovery()::text`;

async function readSettings(session: Session): Promise<ServerSettings> {
  const [row] = await session.query(SETTINGS);
  if (row === undefined || row.some((value) => value === null)) {
    fail("dbQuery", "unable to select some rows from pg_settings", {
      hint: "is the role of option pg-user a member of pg_read_all_settings?",
    });
  }
  const [version, dataFolder, archiveMode, archiveCommand, checkpointTimeout, inRecovery] = row as string[];
  return {
    version: versionOfServer(Number(version)),
    dataFolder: dataFolder!,
    archiveMode: archiveMode!,
    archiveCommand: archiveCommand!,
    checkpointTimeout: Number(checkpointTimeout),
    inRecovery: inRecovery === "true",
  };
}

/** Names of the non-exclusive backup functions, which changed with PostgreSQL 15. */
interface BackupApi {
  start: string;
  stop: string;
  /** Both with the types of their parameters. */
  signatures: readonly string[];
}

/** The statements for a version; both forms keep the backup tied to the session. */
export function backupApi(version: string): BackupApi {
  return majorOf(version) >= 15
    ? {
      start: "pg_backup_start($1, $2)",
      stop: "pg_backup_stop(false)",
      signatures: ["pg_backup_start(text, boolean)", "pg_backup_stop(boolean)"],
    }
    : {
      start: "pg_start_backup($1, $2, false)",
      stop: "pg_stop_backup(false, false)",
      signatures: ["pg_start_backup(text, boolean, boolean)", "pg_stop_backup(boolean, boolean)"],
    };
}

async function startBackup(
  session: Session,
  { api, label, fast }: { api: BackupApi; label: string; fast: boolean },
): Promise<BackupStart> {
  const text = `select lsn::text, pg_walfile_name(lsn)::text from ${api.start} as lsn`;
  const [row] = await session.query(text, [label, fast]);
  return { lsn: row![0]!, walFile: row![1]! };
}

async function stopBackup(session: Session, api: BackupApi): Promise<BackupStop> {
  const text = `select lsn::text, pg_walfile_name(lsn)::text, labelfile::text, spcmapfile::text from ${api.stop}`;
  const [row] = await session.query(text);
  return { lsn: row![0]!, walFile: row![1]!, label: row![2]!, tablespaceMap: row![3]?.trim() ? row![3] : "" };
}

async function readDatabases(session: Session): Promise<DatabaseRow[]> {
  const rows = await session.query(
    "select oid::text, datname::text, (select oid from pg_database where datname = 'template0')::text from pg_database",
  );
  return rows.map(([oid, name, last]) => ({ oid: Number(oid), name: name!, lastSystemOid: Number(last) }));
}

async function readTablespaces(session: Session): Promise<{ oid: number; name: string }[]> {
  const rows = await session.query("select oid::text, spcname::text from pg_tablespace");
  return rows.map(([oid, name]) => ({ oid: Number(oid), name: name! }));
}

async function readSummaries(session: Session): Promise<WalSummaries> {
  const running = await queryValue(session, "select current_setting('summarize_wal')::text") === "on";
  const rows = await session.query(
    "select tli::text, start_lsn::text, end_lsn::text from pg_available_wal_summaries()",
  );
  return {
    running,
    ranges: rows.map(([timeline, start, end]) => ({ timeline: Number(timeline), start: start!, end: end! })),
  };
}

/** A segment has as many pages as setting segment_size says; forks other than the main one are not asked for. */
const CHANGES = `select reltablespace::text, reldatabase::text, relfilenode::text,
    (relblocknumber / (select setting from pg_settings where name = 'segment_size')::bigint)::text, bool_or(is_limit_block)::text
  from pg_available_wal_summaries() s, lateral pg_wal_summary_contents(s.tli, s.start_lsn, s.end_lsn)
  where s.tli = $1::bigint and s.end_lsn > $2::pg_lsn and s.start_lsn < $3::pg_lsn and relforknumber = 0
  group by 1, 2, 3, 4`;

async function readChanges(
  session: Session,
  range: [timeline: string, from: string, to: string],
): Promise<SummarizedChange[]> {
  const rows = await session.query(CHANGES, range);
  return rows.map((
    [tablespace, database, relation, segment, limited],
  ) => [tablespace!, database!, relation!, segment!, limited === "true"]);
}

async function readForbiddenFunctions(session: Session, { signatures }: BackupApi): Promise<string[]> {
  const forbidden: string[] = [];
  for (const signature of [...signatures, "pg_create_restore_point(text)", "pg_switch_wal()"]) {
    const text = "select has_function_privilege($1, 'execute')::text";
    if (await queryValue(session, text, [signature]) !== "true") forbidden.push(signature);
  }
  return forbidden;
}
