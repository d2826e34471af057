/** How a real server fares: WAL archived while pgbench writes, what is left behind, and how fast it is replayed. */
import { BIN, type Contender, type TestBed } from "./bed.ts";

/** How long pgbench writes, in seconds. */
const SECONDS = 30;

const KINDS = [["gz", 1], ["zst", 3], ["lz4", 1]] as const;

/** Prints a line per kind and contender; the server of the bed runs before and after. */
export async function measureArchiving(bed: TestBed): Promise<void> {
  row("archiving", "program", "WAL", "WAL/s", "backlog", "drained s", "replayed s");
  for (const [type, level] of KINDS) {
    for (const contender of bed.contenders) await measureOne(bed, contender, { type, level });
  }
}

async function measureOne(
  bed: TestBed,
  contender: Contender,
  { type, level }: { type: string; level: number },
): Promise<void> {
  const { folder, run } = bed;
  const restored = `${folder}/restored`;
  const sql = (text: string) => run(`${BIN}/psql -X -q -h ${folder}/socket -U postgres -c "${text}"`);
  const options = `--archive-async --compress-type=${type} --compress-level=${level}`;
  await sql(`alter system set archive_command = '${contender.call} ${options} archive-push %p'`);
  await sql("select pg_reload_conf()");
  await run(`rm -rf ${contender.repository}/backup/demo/2* ${restored}`);
  await run(`${contender.call} --compress-type=zst --no-expire-auto --type=full backup`);
  const status = `${folder}/pg/pg_wal/archive_status`;
  const count = (suffix: string) => [...Deno.readDirSync(status)].filter(({ name }) => name.endsWith(suffix)).length;
  const before = archivedIn(contender);
  await run(`${BIN}/pgbench -h ${folder}/socket -U postgres -N -T ${SECONDS} -c 4 postgres >/dev/null 2>&1`);
  const written = archivedIn(contender) - before;
  const backlog = count(".ready");
  await sql("select pg_switch_wal()");
  const drained = await timed(async () => {
    while (count(".ready") > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  });
  await run(`mkdir -m 700 ${restored}; ${contender.call} --pg1-path=${restored} restore`);
  const port = `-o '-c port=5999 -c archive_mode=off'`;
  const replayed = await timed(() =>
    run(`${BIN}/pg_ctl -D ${restored} -l ${folder}/restored.log -t 600 -w ${port} start >/dev/null 2>&1
      until ${BIN}/psql -XAt -h ${folder}/socket -p 5999 -U postgres -c 'select pg_is_in_recovery()' | grep -q f; do
        sleep 0.1
      done`)
  );
  await run(`${BIN}/pg_ctl -D ${restored} -m immediate -w stop`);
  const figures = [written, (written / SECONDS).toFixed(1), backlog, drained.toFixed(1), replayed.toFixed(1)];
  row(`${type} ${level}`, contender.name, ...figures.map(String));
}

/** Segments in the archive. */
function archivedIn({ repository }: Contender): number {
  let segments = 0;
  for (const { name } of Deno.readDirSync(`${repository}/archive/demo/15-1`)) {
    if (!/^[0-9A-F]{16}$/.test(name)) continue;
    segments += [...Deno.readDirSync(`${repository}/archive/demo/15-1/${name}`)].length;
  }
  return segments;
}

async function timed(action: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await action();
  return (performance.now() - start) / 1000;
}

function row(name: string, program: string, ...figures: string[]): void {
  const line = `${name.padEnd(10)}${program.padEnd(14)}${figures.map((figure) => figure.padStart(12)).join("")}\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(line));
}
