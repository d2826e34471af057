import type { Contender } from "./bed.ts";
import type { Task } from "./task.ts";

/** Two repositories of one cluster: ours reads it once for both, the peer is called for each. */
export function repositoryTasks(): Task[] {
  const second = ({ call, repository }: Contender) => `${call} --repo2-path=${repository}-second`;
  return (["gz", "zst"] as const).map((kind): Task => ({
    name: `two repos ${kind}`,
    goal: 1,
    prepare: (contender) =>
      `test -e ${contender.repository}-second/backup/demo || ${second(contender)} stanza-create; ` +
      `rm -rf ${contender.repository}/backup/demo/2* ${contender.repository}-second/backup/demo/2*; sync`,
    line(contender) {
      const how =
        `--repo2-retention-full=1 --compress-type=${kind} --no-archive-check --no-expire-auto --type=full backup`;
      return contender.name === "pg_backrest"
        ? `${second(contender)} --all-repos ${how}`
        : `${second(contender)} --repo=1 ${how} && ${second(contender)} --repo=2 ${how}`;
    },
  }));
}
