import { measure, type Runner } from "./timing.ts";

/** One of the two programs that are compared. */
export interface Contender {
  name: "pg_backrest" | "pgbackrest";
  /** How it is called, with configuration and stanza. */
  call: string;
  /** Its repository. */
  repository: string;
}

/** A folder with a configuration and an empty repository for each of the two programs. Disposing removes it. */
export interface TestBed extends AsyncDisposable {
  folder: string;
  runner: Runner;
  contenders: readonly Contender[];
  /** Runs a shell command line as the runner. */
  run(line: string): Promise<void>;
}

/** Where Debian's PostgreSQL 15 has its programs. */
export const BIN = "/usr/lib/postgresql/15/bin";

/** Makes the folder; the cluster is to be made in `pg` below it. */
export async function openBed(executable: string): Promise<TestBed> {
  const runner = databaseUser();
  const folder = Deno.makeTempDirSync({ prefix: "pgbr-bench-" });
  Deno.chmodSync(folder, 0o755);
  if (runner.uid !== undefined) Deno.chownSync(folder, runner.uid, runner.gid!);
  const program = `${folder}/pg_backrest`;
  Deno.copyFileSync(executable, program);
  Deno.chmodSync(program, 0o755);
  const contenders = [
    contender("pg_backrest", program, folder),
    contender("pgbackrest", "/usr/bin/pgbackrest", folder),
  ];
  const run = async (line: string) => void await measure(line, runner);
  for (const each of contenders) {
    Deno.mkdirSync(`${folder}/conf-${each.name}`);
    Deno.writeTextFileSync(`${folder}/conf-${each.name}/pgbackrest.conf`, configuration(each, folder));
  }
  await run(
    `mkdir -p ${folder}/socket ${folder}/log ${folder}/lock ${folder}/repo-pg_backrest ${folder}/repo-pgbackrest`,
  );
  return {
    folder,
    runner,
    contenders,
    run,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Makes a cluster with pgbench data: `scale` 70 is about 1 GB. Disposing stops the server. */
export async function makeServerBed(executable: string, scale: number): Promise<TestBed> {
  await using stack = new AsyncDisposableStack();
  const bed = stack.use(await openBed(executable));
  const { folder, run } = bed;
  stack.use(
    await startServer(bed, {
      bin: BIN,
      pg: `${folder}/pg`,
      socket: `${folder}/socket`,
      settings: ["wal_keep_size='2GB'"],
    }),
  );
  await run(`${BIN}/pgbench -h ${folder}/socket -U postgres -i -q -s ${scale} postgres`);
  await run(`${BIN}/pgbench -h ${folder}/socket -U postgres -T 10 -c 4 postgres`);
  for (const { call } of bed.contenders) await run(`${call} stanza-create`);
  const whole = stack.move();
  return { ...bed, [Symbol.asyncDispose]: () => whole.disposeAsync() };
}

/** A server to start: its programs, the folders of its data and its socket, and settings beside the usual ones. */
export interface BenchServer {
  bin: string;
  pg: string;
  socket: string;
  settings: readonly string[];
}

/** Makes a cluster and starts it; its archive_command does nothing. Disposing stops it. */
export async function startServer(
  { run }: TestBed,
  { bin, pg, socket, settings }: BenchServer,
): Promise<AsyncDisposable> {
  const lines = [
    "listen_addresses=''",
    `unix_socket_directories='${socket}'`,
    "fsync=off",
    "max_wal_size='4GB'",
    "archive_mode=on",
    "archive_command='/bin/true pgbackrest'",
    ...settings,
  ];
  await run(`${bin}/initdb -D ${pg} --no-sync --data-checksums --auth=trust -U postgres && mkdir -p ${socket}`);
  await run(`printf '%s\\n' ${lines.map((line) => `"${line}"`).join(" ")} >> ${pg}/postgresql.conf`);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => run(`${bin}/pg_ctl -D ${pg} -m immediate -w stop || true`));
  await run(`${bin}/pg_ctl -D ${pg} -l ${pg}.log -w start >/dev/null 2>&1`);
  return stack.move();
}

function contender(name: Contender["name"], program: string, folder: string): Contender {
  return {
    name,
    call: `${program} --config=${folder}/conf-${name}/pgbackrest.conf --stanza=demo`,
    repository: `${folder}/repo-${name}`,
  };
}

function configuration({ name, repository }: Contender, folder: string): string {
  return `[global]
repo1-path=${repository}
repo1-retention-full=1
log-path=${folder}/log
lock-path=${folder}/lock/${name}
spool-path=${folder}/spool-${name}
log-level-console=warn
log-level-file=off
start-fast=y
process-max=2

[demo]
pg1-path=${folder}/pg
pg1-user=postgres
pg1-socket-path=${folder}/socket
`;
}

function databaseUser(): Runner {
  if (Deno.uid() !== 0) return {};
  const [, , uid, gid] = Deno.readTextFileSync("/etc/passwd").split("\n").find((line) => line.startsWith("postgres:"))!
    .split(":");
  return { uid: Number(uid), gid: Number(gid) };
}
