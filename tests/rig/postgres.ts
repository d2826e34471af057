import { makeDataFolder } from "./new_cluster.ts";
import { databaseUserName, executable, run, succeed } from "./program.ts";
import type { Site } from "./site.ts";

/** A PostgreSQL server of a test. Disposing stops it. */
export interface Postgres extends AsyncDisposable {
  readonly folder: string;
  readonly socketFolder: string;
  readonly port: number;
  start(): Promise<void>;
  /** Starts it without caring how that ends; what it says is in the log. */
  tryStart(): Promise<void>;
  /** What the server has logged. */
  log(): string;
  /** Stops it; `immediate` like a crash. */
  stop(mode?: "fast" | "immediate"): Promise<void>;
  isRunning(): Promise<boolean>;
  /** Runs SQL and gives the output unaligned, without headings. */
  sql(text: string, database?: string): Promise<string>;
  /** Sets configuration in postgresql.conf; takes effect at the next start. */
  configure(settings: Record<string, string>): void;
}

/** What a server is made with. */
export interface PostgresOptions {
  /** Major version; default 15, Debian's. Others come from `scripts/setup --postgres=<version>`. */
  version?: string;
  /** Folder below the site, default `pg`. */
  folder?: string;
  checksums?: boolean;
  /** True lets the group read the data folder. */
  groupAccess?: boolean;
  /** Folder below the site that pg_wal is a link to; default: pg_wal is a folder. */
  walFolder?: string;
  /** WAL segment size in MiB, default 16. */
  walSegmentSize?: number;
  settings?: Record<string, string>;
  /** Program for archive_command; default the executable under test, linked as pgbackrest. `none` turns archiving off. */
  archiver?: string | "none";
}

/** Where Debian's PostgreSQL 15 has its programs. */
export const BIN = "/usr/lib/postgresql/15/bin";

const DEBIANS = "15";

/** Where a version has its programs: initdb, pg_ctl and postgres; only Debian's has more. */
export function programsOf(version: string): string {
  if (version === DEBIANS) return BIN;
  const servers = Deno.env.get("POSTGRES_SERVERS") ?? new URL("../../.tools/postgres", import.meta.url).pathname;
  const folder = `${servers}/${version}/bin`;
  if (readText(`${servers}/${version}/.complete`) !== "") return folder;
  throw new Error(`PostgreSQL ${version} is missing in ${servers}: run scripts/setup --postgres=${version}`);
}

/** Makes a cluster and starts its server on a unix socket of the site. */
export async function startPostgres(site: Site, options: PostgresOptions = {}): Promise<Postgres> {
  const below = options.folder ?? "pg";
  const folder = site.path(below);
  const version = options.version ?? DEBIANS;
  const noChecksums = Number(version) >= 18 ? ["--no-data-checksums"] : [];
  await makeDataFolder(folder, {
    version,
    programs: programsOf(version),
    args: [
      `--username=${databaseUserName()}`,
      "--auth=trust",
      "--locale=C.UTF-8",
      ...(options.checksums === false ? noChecksums : ["--data-checksums"]),
      ...(options.groupAccess === true ? ["--allow-group-access"] : []),
      ...(options.walSegmentSize === undefined ? [] : [`--wal-segsize=${options.walSegmentSize}`]),
    ],
  });
  if (options.walFolder !== undefined) {
    await succeed("/bin/mv", [`${folder}/pg_wal`, site.path(options.walFolder)]);
    await site.link(site.path(options.walFolder), `${below}/pg_wal`);
  }
  const postgres = attach(site, below);
  postgres.configure({
    listen_addresses: "",
    unix_socket_directories: postgres.socketFolder,
    fsync: "off",
    // Most segments of a test stay nearly empty; zeros need not be written for that.
    wal_init_zero: "off",
    log_min_messages: "log",
    log_destination: "stderr",
    ...archiveSettings(site, options.archiver),
    ...options.settings,
  });
  await postgres.start();
  return postgres;
}

function archiveSettings(site: Site, archiver: string | undefined): Record<string, string> {
  if (archiver === "none") return {};
  const program = archiver ?? executable();
  const command = `${program} --config=${site.path("pgbackrest.conf")} --stanza=demo archive-push "%p"`;
  return { archive_mode: "on", archive_command: command, wal_level: "replica" };
}

/** A server over an existing data folder of the site, a restored one for instance; not started. */
export function attach(site: Site, below: string, socket: string = "socket"): Postgres {
  const folder = site.path(below);
  const socketFolder = site.path(socket);
  const port = 5432;
  const programs = () => programsOf(readText(`${folder}/PG_VERSION`).trim() || DEBIANS);
  const control = (args: string[]) => run(`${programs()}/pg_ctl`, [...args, `--pgdata=${folder}`]);
  const isRunning = async () => (await control(["status"])).code === 0;
  const log = `${folder}.log`;
  const startUp = () => control(["start", "--wait", "--timeout=60", `--log=${log}`]);
  const postgres: Postgres = {
    folder,
    socketFolder,
    port,
    isRunning,
    async start() {
      const ended = await startUp();
      if (ended.code !== 0) throw new Error(`PostgreSQL did not start:\n${ended.stdout}\n${readText(log)}`);
    },
    tryStart: async () => void await startUp(),
    log: () => readText(log),
    async stop(mode = "fast") {
      const ended = await control(["stop", "--wait", `--mode=${mode}`]);
      if (ended.code !== 0) throw new Error(`PostgreSQL did not stop:\n${ended.stdout}${ended.stderr}`);
    },
    sql: async (text, database = "postgres") => {
      const args = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", socketFolder, "-p", String(port)];
      return (await succeed(`${BIN}/psql`, [...args, "-U", databaseUserName(), "-d", database, "-c", text])).trim();
    },
    configure(settings) {
      const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
      Deno.writeTextFileSync(`${folder}/postgresql.conf`, lines.join(""), { append: true });
    },
    async [Symbol.asyncDispose]() {
      if (await isRunning()) await postgres.stop("immediate");
    },
  };
  return postgres;
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
