import type { Contender, TestBed } from "./bed.ts";
import { BIN } from "./bed.ts";
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
  return KINDS.flatMap(([type, level]): Task[] => {
    const options = `--archive-async --compress-type=${type} --compress-level=${level}`;
    const push = ({ call }: Contender) => `
      cd ${folder}/pg; for s in $(cd pg_wal; ls -d 0000000100000A00*); do
        ${call} ${options} archive-push pg_wal/$s || exit 1
        rm pg_wal/archive_status/$s.ready
      done`;
    const ready = `
      cd ${folder}/pg/pg_wal; rm -f archive_status/*; for s in $(ls -d 0000000100000A00*); do
        : > archive_status/$s.ready
      done`;
    const idle = "while pgrep -f 'archive-(push|get):(async|local)' >/dev/null; do sleep 0.1; done";
    const fresh = ({ repository, name }: Contender) =>
      `${idle}; rm -rf ${repository}/archive/demo/15-1 ${folder}/spool-${name}; mkdir -m 750 ${folder}/spool-${name}; ${ready}`;
    return [
      {
        name: `async push ${COUNT} ${type} ${level}`,
        goal: 1,
        prepare: (contender) => `${fresh(contender)}; sync`,
        line: push,
      },
      {
        name: `async get ${COUNT} ${type} ${level}`,
        goal: 1,
        prepare: (contender) =>
          `ls -d ${contender.repository}/archive/demo/15-1/0000000100000A00/*C7-*.${
            EXTENSIONS[type]
          } >/dev/null 2>&1 || ` +
          `( ${fresh(contender)}; ${push(contender)} ); ${idle}; sync`,
        line: ({ call }) => `
          cd ${folder}/pg; for s in $(cd pg_wal; ls -d 0000000100000A00*); do
            ${call} ${options.replace(/ --compress.*/, "")} archive-get $s pg_wal/RECOVERYXLOG || exit 1
          done`,
      },
    ];
  });
}

const EXTENSIONS = { gz: "gz", zst: "zst", lz4: "lz4" } as const;
