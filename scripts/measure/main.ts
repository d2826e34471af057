import { parseArgs } from "@std/cli/parse-args";
import { type Contender, makeTestBed, type TestBed } from "./bed.ts";
import { type Cost, measure, median } from "./timing.ts";

/** A thing both programs do. `prepare` is not measured. */
interface Task {
  name: string;
  prepare(contender: Contender): string;
  line(contender: Contender): string;
}

/** Goals: our wall time as a part of the peer's. */
const GOALS: Record<string, number> = {
  "backup gz 6": 0.6,
  "backup zst 3": 1.0,
  "backup none": 1.1,
  "restore gz 6": 1.1,
  "restore zst 3": 1.1,
  "restore none": 1.1,
  "push 20 gz 6": 0.6,
  "push 20 zst 3": 1.3,
  "version": 4,
};

const KINDS = ["none", "zst", "gz"] as const;
const LEVELS = { none: "", zst: " 3", gz: " 6" } as const;

const options = parseArgs(Deno.args, { string: ["only", "scale", "rounds"] });
const only = options["only"]?.toString().split(",") ?? ["backup", "restore", "push", "get", "version"];
const rounds = Number(options["rounds"] ?? 3);
const executable = new URL("../../dist/pg_backrest", import.meta.url).pathname;

await using bed = await makeTestBed(executable, Number(options["scale"] ?? 70));
row("task", "ours s", "peer s", "wall", "goal", "ours cpu", "peer cpu", "cpu", "ours MB", "peer MB");
for (const task of tasks(bed).filter(({ name }) => only.includes(name.split(" ")[0]!))) await compare(task);

async function compare(task: Task): Promise<void> {
  const costs = new Map<string, Cost[]>();
  for (let round = 0; round < rounds; round++) {
    for (const contender of bed.contenders) {
      await bed.run(task.prepare(contender));
      const cost = await measure(task.line(contender), bed.runner);
      costs.set(contender.name, [...costs.get(contender.name) ?? [], cost]);
    }
  }
  const [ours, peer] = ["pg_backrest", "pgbackrest"].map((name) => median(costs.get(name)!));
  const goal = GOALS[task.name];
  row(
    task.name,
    ours!.wall.toFixed(2),
    peer!.wall.toFixed(2),
    (ours!.wall / peer!.wall).toFixed(2),
    goal === undefined ? "" : goal.toFixed(2),
    ours!.cpu.toFixed(2),
    peer!.cpu.toFixed(2),
    (ours!.cpu / peer!.cpu).toFixed(2),
    (ours!.memory / 1024 / 1024).toFixed(0),
    (peer!.memory / 1024 / 1024).toFixed(0),
  );
}

function row(name: string, ...figures: string[]): void {
  const line = `${name.padEnd(16)}${figures.map((figure) => figure.padStart(10)).join("")}\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(line));
}

function tasks({ folder }: TestBed): Task[] {
  const kindTasks = KINDS.flatMap((kind): Task[] => {
    const compress = `--compress-type=${kind}`;
    const backup = ({ call }: Contender) =>
      `${call} ${compress} --no-archive-check --no-expire-auto --type=full backup`;
    return [
      {
        name: `backup ${kind}${LEVELS[kind]}`,
        prepare: ({ repository }) => `rm -rf ${repository}/backup/demo/2*; sync`,
        line: backup,
      },
      {
        name: `restore ${kind}${LEVELS[kind]}`,
        prepare: (contender) =>
          `rm -rf ${folder}/restored; mkdir -m 700 ${folder}/restored; ` +
          `ls -d ${contender.repository}/backup/demo/2* >/dev/null 2>&1 || ${backup(contender)}; sync`,
        line: ({ call }) => `${call} --pg1-path=${folder}/restored --type=none restore`,
      },
    ];
  });
  return [...kindTasks, ...archiveTasks(folder), versionTask()];
}

function archiveTasks(folder: string): Task[] {
  const segments = `ls ${folder}/pg/pg_wal | grep -E '^[0-9A-F]{24}$' | head -20`;
  return KINDS.flatMap((kind): Task[] => {
    const push = ({ call }: Contender) =>
      `for s in $(${segments}); do ${call} --compress-type=${kind} archive-push ${folder}/pg/pg_wal/$s || exit 1; done`;
    return [
      {
        name: `push 20 ${kind}${LEVELS[kind]}`,
        prepare: ({ repository }) => `rm -rf ${repository}/archive/demo/15-1; sync`,
        line: push,
      },
      {
        name: `get 20 ${kind}${LEVELS[kind]}`,
        prepare: (contender) =>
          `rm -rf ${contender.repository}/archive/demo/15-1 ${folder}/got; ${push(contender)}; sync`,
        line: ({ call }) => `for s in $(${segments}); do ${call} archive-get $s ${folder}/got || exit 1; done`,
      },
    ];
  });
}

function versionTask(): Task {
  return {
    name: "version",
    prepare: () => "true",
    line: ({ call }) => `for i in 1 2 3 4 5 6 7 8 9 10; do ${call.split(" ")[0]} version; done`,
  };
}
