import type { Contender, TestBed } from "./bed.ts";
import type { Task } from "./task.ts";
import { type CopyForm, copyTasks } from "./usual_tasks.ts";

const KINDS = ["zst", "gz"] as const;

/** A bed whose repositories are also reached over ssh at this machine. Disposing ends the sshd. */
export interface HostBed extends AsyncDisposable {
  tasks: Task[];
}

/** Starts an sshd of the runner with keys made for it, and gives the tasks that go through it. */
export async function openHosts(bed: TestBed): Promise<HostBed> {
  const { folder, run, contenders } = bed;
  const at = `${folder}/ssh`;
  const port = freePort();
  await run(`mkdir -m 700 ${at} && for k in host user; do ssh-keygen -q -t ed25519 -N '' -f ${at}/$k; done`);
  await run(`cp ${at}/user.pub ${at}/authorized_keys`);
  await run(`echo "[127.0.0.1]:${port} $(cut -d' ' -f1,2 ${at}/host.pub)" > ${at}/known_hosts`);
  const client = [`IdentityFile ${at}/user`, `UserKnownHostsFile ${at}/known_hosts`, "IdentitiesOnly yes"];
  await run(`printf '%s\\n' ${client.map((line) => `'${line}'`).join(" ")} > ${at}/config`);
  await run(`printf '#!/bin/sh\\nexec ssh -F ${at}/config "$@"\\n' > ${at}/ssh && chmod 755 ${at}/ssh`);
  for (const each of contenders) await run(bothConfigurations(each, { folder, port }));
  const options = [`HostKey=${at}/host`, `AuthorizedKeysFile=${at}/authorized_keys`, `PidFile=${at}/pid`, "UsePAM=no"]
    .concat("StrictModes=no", "ListenAddress=127.0.0.1").map((option) => `-o ${option}`).join(" ");
  await run(`/usr/sbin/sshd -f /dev/null -p ${port} -E ${at}/log ${options}`);
  return {
    tasks: KINDS.flatMap((kind) =>
      copyTasks(folder, { label: `${kind}, ssh`, kind, as: acrossHosts(folder), backup: 1, restore: 1 })
    ),
    [Symbol.asyncDispose]: () => run(`kill $(cat ${at}/pid)`),
  };
}

/** Two configurations: of the database host, with the repository behind ssh, and of the repository host, with the cluster behind it. */
function bothConfigurations({ name, call }: Contender, { folder, port }: { folder: string; port: number }): string {
  const conf = `${folder}/conf-${name}/pgbackrest.conf`;
  const [database, repository] = [`${folder}/ssh/${name}-db.conf`, `${folder}/ssh/${name}-repo.conf`];
  const reach = (what: string, config: string) =>
    [`${what}-host=127.0.0.1`, `${what}-host-port=${port}`, `${what}-host-user='$(id -un)'`]
      .concat(`${what}-host-cmd=${call.split(" ")[0]}`, `${what}-host-config=${config}`).join("\\n");
  const ssh = `cmd-ssh=${folder}/ssh/ssh`;
  const atDatabase = `s|^repo1-path=.*|${reach("repo1", conf)}\\n${ssh}|; s|^lock-path=.*|&-db|; /^repo1-retention/d`;
  const atRepository = `s|^pg1-path=.*|&\\n${reach("pg1", database)}|; s|^start-fast=.*|&\\n${ssh}|`;
  return `sed -e '${atDatabase}' ${conf} > ${database} && sed -e '${atRepository}' ${conf} > ${repository}`;
}

/** The repository host backs up, the database host restores. */
function acrossHosts(folder: string): NonNullable<CopyForm["as"]> {
  return ({ name, call, repository }, job) => {
    const host = job === "backup" ? "repo" : "db";
    return { name, repository, call: call.replace(/--config=\S+/, `--config=${folder}/ssh/${name}-${host}.conf`) };
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
