import { databaseUserName, executable, type Running, start, succeed, until } from "./program.ts";
import type { Site } from "./site.ts";

/** An sshd of a test: on a port of its own, with keys made for it. Disposing ends it. */
export interface Sshd extends AsyncDisposable {
  readonly port: number;
  /** Its address as options name it. */
  readonly host: string;
  /** A program for option cmd-ssh that knows the keys. */
  readonly ssh: string;
  /** What it has logged. */
  log(): string;
  /** Sets what stands before the key in authorized_keys: a forced command, say. */
  authorize(prefix: string): void;
  /** Command lines of the processes it started for others and that still run. */
  serving(): string[];
}

/** What an sshd is made with. */
export interface SshdOptions {
  /** Lines added to its configuration; the first of a keyword counts. */
  config?: string[];
  /** Address it listens at, default 127.0.0.1. */
  host?: string;
}

const SSHD = "/usr/sbin/sshd";

/** Starts an sshd whose sessions are those of the database user. Its files lie in folder `ssh` of the site. */
export async function startSshd(site: Site, { config = [], host = "127.0.0.1" }: SshdOptions = {}): Promise<Sshd> {
  site.makeFolder("ssh", 0o700);
  for (const key of ["host_key", "user_key"]) {
    await succeed("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", site.path(`ssh/${key}`)]);
  }
  const key = (await Deno.readTextFile(site.path("ssh/user_key.pub"))).trim();
  const authorize = (prefix: string) => site.write("ssh/authorized_keys", `${prefix}${prefix && " "}${key}\n`, 0o600);
  authorize("");
  site.write("ssh/sshd_config", serverConfig(site, config));
  const { port, daemon } = await listen(site, host);
  const hostKey = (await Deno.readTextFile(site.path("ssh/host_key.pub"))).trim();
  site.write("ssh/known_hosts", `[${host}]:${port} ${hostKey.split(" ").slice(0, 2).join(" ")}\n`);
  site.write("ssh/ssh_config", clientConfig(site));
  site.write("ssh/ssh", `#!/bin/sh\nexec /usr/bin/ssh -F '${site.path("ssh/ssh_config")}' "$@"\n`, 0o755);
  return {
    port,
    host,
    ssh: site.path("ssh/ssh"),
    log: () => Deno.readTextFileSync(site.path("ssh/log")),
    authorize,
    serving: () => remotesOf(site),
    async [Symbol.asyncDispose]() {
      await until("nothing is served any more", () => remotesOf(site).length === 0, 30);
      await daemon[Symbol.asyncDispose]();
    },
  };
}

function serverConfig(site: Site, lines: string[]): string {
  return [
    ...lines,
    `HostKey ${site.path("ssh/host_key")}`,
    `AuthorizedKeysFile ${site.path("ssh/authorized_keys")}`,
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "LogLevel VERBOSE",
    "",
  ].join("\n");
}

function clientConfig(site: Site): string {
  return [
    "Host *",
    `  IdentityFile ${site.path("ssh/user_key")}`,
    `  UserKnownHostsFile ${site.path("ssh/known_hosts")}`,
    "  IdentitiesOnly yes",
    "  StrictHostKeyChecking yes",
    "",
  ].join("\n");
}

/** Starts the server on a free port; somebody else may take the one that was found free. */
async function listen(site: Site, host: string): Promise<{ port: number; daemon: Running }> {
  for (let tries = 1;; tries++) {
    const port = freePort(host);
    const args = ["-D", "-f", site.path("ssh/sshd_config"), "-p", String(port), "-o", `ListenAddress=${host}`];
    const daemon = start(SSHD, [...args, "-E", site.path("ssh/log")]);
    let over = false;
    void daemon.ended.then(() => over = true);
    await until("sshd listens or gives up", async () => over || await answers(host, port));
    if (!over) return { port, daemon };
    const { stderr } = await daemon.ended;
    if (tries === 5) throw new Error(`sshd did not start: ${stderr}\n${Deno.readTextFileSync(site.path("ssh/log"))}`);
  }
}

function freePort(hostname: string): number {
  using listener = Deno.listen({ hostname, port: 0 });
  return listener.addr.port;
}

async function answers(hostname: string, port: number): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname, port });
    return (await connection.read(new Uint8Array(4))) !== null;
  } catch {
    return false;
  }
}

/** The remotes that name something of the site, and the processes of ssh and shells that lead to them. */
function remotesOf(site: Site): string[] {
  return processesOf(site).filter(({ words }) => words.some((word) => word.endsWith(":remote")))
    .map(({ words }) => words.join(" "));
}

/** Processes that name something of the site. */
export function processesOf(site: Site): { pid: number; words: string[] }[] {
  const found: { pid: number; words: string[] }[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^[0-9]+$/.test(name)) continue;
    const words = readText(`/proc/${name}/cmdline`).split("\0").slice(0, -1);
    if (words.some((word) => word.includes(site.folder))) found.push({ pid: Number(name), words });
  }
  return found;
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Options that reach a host through an sshd; `what` is `repo1`, `pg1` and the like. */
export function hostOptions(sshd: Sshd, what: string, program: string, config: string): Record<string, string> {
  return {
    [`${what}-host`]: sshd.host,
    [`${what}-host-port`]: String(sshd.port),
    [`${what}-host-user`]: databaseUserName(),
    [`${what}-host-cmd`]: program,
    [`${what}-host-config`]: config,
  };
}

/** Puts the executable under test to another place of the site, as it may be on another host; returns the path. */
export async function installElsewhere(site: Site, below: string): Promise<string> {
  const slash = below.lastIndexOf("/");
  site.makeFolder(below.slice(0, slash));
  await succeed("/bin/ln", ["-s", executable(), site.path(below)]);
  return site.path(below);
}
