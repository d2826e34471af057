import { BIN, openStage, type Stage } from "./stage.ts";

/** Size of the pgbench data: 10 is about 150 MB. */
const SCALE = 10;

const EXECUTABLE = new URL("../../dist/pg_backrest", import.meta.url).pathname;

await tell();

async function tell(): Promise<void> {
  await using stage = openStage();
  const leave = async () => {
    await stage[Symbol.asyncDispose]();
    Deno.exit(1);
  };
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => void leave());
  try {
    await play(stage);
  } catch (error) {
    print(`\n${error instanceof Error ? error.message : error}`);
    Deno.exitCode = 1;
  }
}

async function play(stage: Stage): Promise<void> {
  const backrest = (...args: string[]) =>
    stage.run("pg_backrest", `--config=${stage.path("pgbackrest.conf")}`, "--stanza=demo", ...args);
  const sql = (text: string) => stage.run("psql", "-XAtq", "-h", stage.path("socket"), "-U", "postgres", "-c", text);
  const control = (...args: string[]) =>
    stage.run(`${BIN}/pg_ctl`, "-D", stage.path("pg"), "-l", stage.path("pg.log"), "-w", ...args);

  chapter("A cluster with some data in it");
  await install(stage);
  await stage.run(
    `${BIN}/initdb`,
    "-D",
    stage.path("pg"),
    "--no-sync",
    "--data-checksums",
    "--auth=trust",
    "-U",
    "postgres",
  );
  Deno.writeTextFileSync(stage.path("pg/postgresql.conf"), settings(stage), { append: true });
  await control("start");
  await stage.run(
    `${BIN}/pgbench`,
    "-h",
    stage.path("socket"),
    "-U",
    "postgres",
    "-i",
    "-q",
    "-s",
    String(SCALE),
    "postgres",
  );
  say(
    `PostgreSQL ${await sql("show server_version")}with ${
      (await sql("select pg_size_pretty(pg_database_size('postgres'))")).trim()
    }`,
  );

  chapter("pg_backrest stanza-create, check, backup");
  show(await backrest("stanza-create"));
  show(await backrest("check"));
  show(await backrest("--type=full", "backup"));

  chapter("More work, then the accident");
  await stage.run(`${BIN}/pgbench`, "-h", stage.path("socket"), "-U", "postgres", "-t", "500", "-c", "4", "postgres");
  await sql("insert into pgbench_history (tid, bid, aid, delta, mtime) values (1, 1, 1, 42, now())");
  const before = await fingerprint(sql);
  for (const line of before) say(line);
  const moment = (await sql("select clock_timestamp()")).trim();
  await sql("select pg_sleep(0.1)");
  await sql("drop table pgbench_accounts");
  say(`at ${moment} all was well; then somebody typed: DROP TABLE pgbench_accounts`);
  await sql("select pg_switch_wal()");
  await control("-m", "fast", "stop");

  chapter("pg_backrest restore, to the moment before");
  show(await backrest("--delta", "--type=time", `--target=${moment}`, "--target-action=promote", "restore"));
  await control("start");
  await recovered(sql);
  const after = await fingerprint(sql);
  for (const line of after) say(line);
  if (after.join() !== before.join()) throw new Error("the restored cluster is not what it was");
  say("every table has the rows and the content it had");

  chapter("pg_backrest info");
  say(await backrest("info"));
}

/** One file is all there is to install. */
async function install(stage: Stage): Promise<void> {
  for (const folder of ["bin", "socket", "repo", "log", "lock"]) await stage.run("mkdir", stage.path(folder));
  Deno.copyFileSync(EXECUTABLE, stage.path("bin/pg_backrest"));
  Deno.chmodSync(stage.path("bin/pg_backrest"), 0o755);
  Deno.writeTextFileSync(
    stage.path("pgbackrest.conf"),
    `[global]
repo1-path=${stage.path("repo")}
repo1-retention-full=2
log-path=${stage.path("log")}
lock-path=${stage.path("lock")}
log-level-console=info
process-max=2
start-fast=y

[demo]
pg1-path=${stage.path("pg")}
pg1-socket-path=${stage.path("socket")}
pg1-user=postgres
`,
  );
}

function settings(stage: Stage): string {
  const archive = `${stage.path("bin/pg_backrest")} --config=${
    stage.path("pgbackrest.conf")
  } --stanza=demo archive-push %p`;
  return `
listen_addresses = ''
unix_socket_directories = '${stage.path("socket")}'
archive_mode = on
archive_command = '${archive}'
`;
}

/** Rows and content of each table. */
async function fingerprint(sql: (text: string) => Promise<string>): Promise<string[]> {
  const lines: string[] = [];
  for (const table of ["pgbench_accounts", "pgbench_branches", "pgbench_history", "pgbench_tellers"]) {
    const text = `select count(*) || ' rows, md5 ' || md5(string_agg(t::text, ',' order by t::text)) from ${table} t`;
    lines.push(`${table.padEnd(18)}${(await sql(text)).trim()}`);
  }
  return lines;
}

/** Waits for the end of recovery, which PostgreSQL reaches on its own. */
async function recovered(sql: (text: string) => Promise<string>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await sql("select pg_is_in_recovery()")).trim() === "t") {
    if (Date.now() > deadline) throw new Error("recovery did not end within a minute");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function chapter(title: string): void {
  print(`\n== ${title}`);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function say(text: string): void {
  for (const line of text.trimEnd().split("\n")) print(`   ${line}`.trimEnd());
}

/** The log of a command without what every line begins with. */
function show(log: string): void {
  for (const line of log.trimEnd().split("\n")) {
    const text = line.replace(/^\S+ \S+ P\d\d +/, "");
    if (!/ command begin /.test(text)) say(text);
  }
}
