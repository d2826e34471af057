import type { Contender, TestBed } from "./bed.ts";
import type { Task } from "./task.ts";

const KINDS = ["none", "zst", "gz"] as const;
const LEVELS = { none: "", zst: " 3", gz: " 6" } as const;
const GOALS = {
  backup: { none: 1.1, zst: 1.0, gz: 0.6 },
  restore: { none: 1.1, zst: 1.1, gz: 1.1 },
} as const;

/** What is done with a cluster of the usual shape: some big files, one server. */
export function usualTasks({ folder }: TestBed): Task[] {
  return [
    ...KINDS.flatMap((kind) =>
      copyTasks(folder, {
        label: `${kind}${LEVELS[kind]}`,
        kind,
        ...goalsOf(kind),
      })
    ),
    ...copyTasks(folder, { label: "gz 6 + aes", kind: "gz", as: sealed, backup: 1.1, restore: 1.1 }),
    ...archiveTasks(folder),
    versionTask(),
  ];
}

/** A way to back up and to restore. */
export interface CopyForm {
  label: string;
  kind: typeof KINDS[number];
  /** How the program is called, and the repository it then uses; without it as the bed says. */
  as?(contender: Contender, job: "backup" | "restore"): Contender;
  /** Goals. */
  backup: number;
  restore: number;
}

function goalsOf(kind: typeof KINDS[number]) {
  return { backup: GOALS.backup[kind], restore: GOALS.restore[kind] };
}

/** The program with an encrypted repository of its own beside the usual one. */
function sealed({ name, call, repository }: Contender): Contender {
  const cipher = "PGBACKREST_REPO1_CIPHER_TYPE=aes-256-cbc PGBACKREST_REPO1_CIPHER_PASS=measured";
  return { name, call: `env ${cipher} ${call} --repo1-path=${repository}-sealed`, repository: `${repository}-sealed` };
}

/** A full backup, and the restore of it to another folder. */
export function copyTasks(folder: string, { label, kind, as = (contender) => contender, ...goals }: CopyForm): Task[] {
  const backup = (contender: Contender) =>
    `${as(contender, "backup").call} --compress-type=${kind} --no-archive-check --no-expire-auto --type=full backup`;
  const stored = (contender: Contender) => `${as(contender, "backup").repository}/backup/demo`;
  const needStanza = (contender: Contender) =>
    `test -e ${stored(contender)} || ${as(contender, "backup").call} stanza-create`;
  return [
    {
      name: `backup ${label}`,
      goal: goals.backup,
      prepare: (contender) => `${needStanza(contender)}; rm -rf ${stored(contender)}/2*; sync`,
      line: backup,
    },
    {
      name: `restore ${label}`,
      goal: goals.restore,
      prepare: (contender) =>
        `${needStanza(contender)}; rm -rf ${folder}/restored; mkdir -m 700 ${folder}/restored; ` +
        `ls -d ${stored(contender)}/2* >/dev/null 2>&1 || ${backup(contender)}; sync`,
      line: (contender) => `${as(contender, "restore").call} --pg1-path=${folder}/restored --type=none restore`,
    },
  ];
}

function archiveTasks(folder: string): Task[] {
  const segments = `ls ${folder}/pg/pg_wal | grep -E '^[0-9A-F]{24}$' | head -20`;
  const goals: Partial<Record<typeof KINDS[number], number>> = { gz: 0.6, zst: 1.3 };
  return KINDS.flatMap((kind): Task[] => {
    const push = ({ call }: Contender) =>
      `for s in $(${segments}); do ${call} --compress-type=${kind} archive-push ${folder}/pg/pg_wal/$s || exit 1; done`;
    const goal = goals[kind];
    return [
      {
        name: `push 20 ${kind}${LEVELS[kind]}`,
        ...(goal === undefined ? {} : { goal }),
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
    goal: 4,
    prepare: () => "true",
    line: ({ call }) => `for i in 1 2 3 4 5 6 7 8 9 10; do ${call.split(" ")[0]} version; done`,
  };
}
