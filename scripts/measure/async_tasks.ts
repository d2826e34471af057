import { BIN, type Contender, type TestBed } from "./bed.ts";
import type { Task } from "./task.ts";

/** How many segments are pushed and got. */
const COUNT = 200;

const KINDS = [["gz", 1], ["zst", 3], ["lz4", 1]] as const;

/**
 * What PostgreSQL's archiver and its recovery do with 200 segments, one call after the other, with a process in the
 * background. The segments are those of a pgbench run, repeated under names of their own.
 */
export async function asyncTasks({ folder, run }: TestBed): Promise<Task[]> {
  await run(`${BIN}/pg_ctl -D ${folder}/pg -m fast -w stop`);
  await run(`
    cd ${folder}/pg/pg_wal; set -- $(ls | grep -E '^[0-9A-F]{24}$' | head -50)
    for i in $(seq 0 ${COUNT - 1}); do
      eval "from=\\\${$((i % $# + 1))}"
      cp --reflink=auto $from $(printf 0000000100000A00000000%02X $i)
    done`);
  return [false, true].flatMap((resident) => KINDS.flatMap((kind) => kindTasks(folder, kind, resident)));
}

/** Push and get of one kind; with `resident` our process in the background stays and is asked before a start. */
function kindTasks(folder: string, [type, level]: typeof KINDS[number], resident: boolean): Task[] {
  const options = `--archive-async --compress-type=${type} --compress-level=${level}`;
  const calling = ({ call, name }: Contender, which: "push" | "get") => {
    if (!resident || name !== "pg_backrest") return call;
    const socket = `${folder}/spool-${name}/archive/demo/${which}.socket`;
    return `PG_BACKREST_ARCHIVE_RESIDENT=3s PG_BACKREST_ARCHIVE_SOCKET=${socket} ${call}`;
  };
  const push = (contender: Contender) => `
    cd ${folder}/pg; for s in $(cd pg_wal; ls -d 0000000100000A00*); do
      ${calling(contender, "push")} ${options} archive-push pg_wal/$s || exit 1
      rm pg_wal/archive_status/$s.ready
    done`;
  const ready = `
    cd ${folder}/pg/pg_wal; rm -f archive_status/*; for s in $(ls -d 0000000100000A00*); do
      : > archive_status/$s.ready
    done`;
  const idle = "while pgrep -f 'archive-(push|get):(async|local)' >/dev/null; do sleep 0.1; done";
  const fresh = ({ repository, name }: Contender) => {
    const spool = `${folder}/spool-${name}`;
    return `${idle}; rm -rf ${repository}/archive/demo/15-1 ${spool}; mkdir -m 750 ${spool}; ${ready}`;
  };
  const kind = `${COUNT} ${type} ${level}`;
  return [
    {
      name: `${resident ? "resident" : "async"} push ${kind}`,
      goal: 1,
      prepare: (contender) => `${fresh(contender)}; sync`,
      line: push,
    },
    {
      name: `${resident ? "resident" : "async"} get ${kind}`,
      goal: 1,
      prepare: (contender) => {
        const there = `${contender.repository}/archive/demo/15-1/0000000100000A00/*C7-*.${EXTENSIONS[type]}`;
        return `ls -d ${there} >/dev/null 2>&1 || ( ${fresh(contender)}; ${push(contender)} ); ${idle}; sync`;
      },
      line: (contender) => `
        cd ${folder}/pg; for s in $(cd pg_wal; ls -d 0000000100000A00*); do
          ${calling(contender, "get")} --archive-async archive-get $s pg_wal/RECOVERYXLOG || exit 1
        done`,
    },
  ];
}

const EXTENSIONS = { gz: "gz", zst: "zst", lz4: "lz4" } as const;
