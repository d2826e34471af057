import type { Contender, TestBed } from "../bed.ts";
import type { Task } from "../task.ts";
import { changeFiles } from "./many_files.ts";
import { peerForm, type StoredForm } from "./prior.ts";

/** Before an incremental backup one of so many files is changed: of those that are copied, and of those that hardly change. */
const CHANGED = 100;
const HARDLY_CHANGED = 10_000;

/** Backups and restores of a cluster of small files. */
export function fileTasks({ folder }: TestBed, files: number): Task[] {
  const full = ({ call }: Contender) => `${call} --no-online --no-expire-auto --type=full backup`;
  const incr = ({ call }: Contender) => `${call} --no-online --no-expire-auto --type=incr backup`;
  const needFull = (contender: Contender) =>
    `ls -d ${contender.repository}/backup/demo/2* >/dev/null 2>&1 || ${full(contender)}`;
  const restored = (contender: Contender) => `${folder}/restored-${contender.name}`;
  const restore = (contender: Contender) => `${contender.call} --pg1-path=${restored(contender)} --type=none`;
  let mark = 0;
  return withGoal([
    {
      name: "full",
      prepare: ({ repository }) => `rm -rf ${repository}/backup/demo/2*; sync`,
      line: full,
    },
    {
      name: "incr",
      prepare(contender) {
        changeFiles(`${folder}/pg`, { count: files, step: CHANGED, mark: ++mark });
        return `${needFull(contender)}; sync`;
      },
      line: incr,
    },
    {
      name: "restore",
      prepare: (contender) => `${needFull(contender)}; rm -rf ${restored(contender)}; sync`,
      line: (contender) => `${restore(contender)} restore`,
    },
    {
      name: "restore --delta",
      prepare: (contender) =>
        `${needFull(contender)}; test -e ${restored(contender)} || ${restore(contender)} restore; sync`,
      line: (contender) => `${restore(contender)} --delta restore`,
    },
  ]);
}

const FORM_OPTIONS = { files: "", bundles: "--repo1-bundle", blocks: "--repo1-bundle --repo1-block" } as const;

/** An incremental backup that has next to nothing to copy. */
export function unchangedTasks({ folder }: TestBed, { files, form }: { files: number; form: StoredForm }): Task[] {
  let mark = 0;
  const options = (name: Contender["name"]) => FORM_OPTIONS[name === "pgbackrest" ? peerForm(form) : form];
  return withGoal([{
    name: `incr unchanged ${form}`,
    prepare({ repository }) {
      changeFiles(`${folder}/pg`, { count: files, step: HARDLY_CHANGED, mark: ++mark });
      return `rm -rf ${repository}/backup/demo/*_*; sync`;
    },
    line: ({ name, call }) => `${call} ${options(name)} --no-online --no-expire-auto --type=incr backup`,
  }]);
}

/** What reads or expires a long history. */
export function historyTasks(bed: TestBed, fulls: number): Task[] {
  const repository = ({ name }: Contender) => `${bed.folder}/history-${name}`;
  const call = (contender: Contender) => `${contender.call} --repo1-path=${repository(contender)}`;
  const fresh = (contender: Contender) =>
    `rm -rf ${repository(contender)}; cp -al ${bed.folder}/history ${repository(contender)}; sync`;
  const present = (contender: Contender) => `test -e ${repository(contender)} || { ${fresh(contender)}; }`;
  return withGoal([
    { name: "info", prepare: present, line: (each: Contender) => `${call(each)} info >/dev/null` },
    {
      name: "info --output=json",
      prepare: present,
      line: (each: Contender) => `${call(each)} --output=json info >/dev/null`,
    },
    {
      name: "expire nothing",
      prepare: present,
      line: (each: Contender) => `${call(each)} --repo1-retention-full=9999 --repo1-retention-archive=9998 expire`,
    },
    {
      name: "expire half",
      prepare: fresh,
      line: (each: Contender) => `${call(each)} --repo1-retention-full=${Math.ceil(fulls / 2)} expire`,
    },
  ]);
}

/** What reads every byte of a repository. */
export function verifyTasks(bed: TestBed): Task[] {
  return withGoal([{
    name: "verify",
    prepare: () => "true",
    line: ({ call }: Contender) => `${call} --repo1-path=${bed.folder}/history verify >/dev/null`,
  }]);
}

/** As fast as the peer. */
function withGoal(tasks: readonly Omit<Task, "goal">[]): Task[] {
  return tasks.map((task) => ({ ...task, goal: 1 }));
}
