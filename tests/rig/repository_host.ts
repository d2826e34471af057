import { type Ended, executable, run, type Running, type RunOptions, start, succeed } from "./program.ts";
import { makeSite, type Site, STANZA } from "./site.ts";
import { hostOptions, installElsewhere, processesOf, type Sshd, type SshdOptions, startSshd } from "./sshd.ts";
import { makeStanza, type Stanza, type StanzaOptions } from "./stanza.ts";

/**
 * A database host and a repository host. Both are this machine, but the repository host has its own folder `there` with
 * repository, locks, log and configuration, and the program at another path. Each reaches the other over ssh only.
 */
export interface RepositoryHost extends Stanza {
  readonly sshd: Sshd;
  /** Settings of [global] through which the database host reaches the repository. */
  readonly reached: Record<string, string | null>;
  /** Runs the program as somebody does who sits at the repository host. */
  there(args: string[], options?: RunOptions): Promise<Ended>;
  mustThere(args: string[], options?: RunOptions): Promise<string>;
  /** Starts it there without waiting for its end. */
  startThere(args: string[]): Running;
  /** Pids of the processes that serve a process of a run (0 is the main one) from the other host. */
  remotes(of: { serves: "repo" | "pg"; process: number }): number[];
  /** Writes the configuration of the repository host again. */
  configureThere(global?: Record<string, string>, stanza?: Record<string, string>): void;
}

/** What the two hosts are made with. */
export interface RepositoryHostOptions extends StanzaOptions {
  sshd?: SshdOptions;
  /** Settings of the repository host, in [global]. */
  there?: Record<string, string>;
}

/** Path of the program at the repository host, below the site. */
const PROGRAM_THERE = "there/bin/backrest";
const CONFIG_THERE = "there/backrest.conf";

/** Makes both hosts with a running server and its stanza. `name` shows in the folder of the site. */
export async function makeRepositoryHost(name: string, options: RepositoryHostOptions = {}): Promise<RepositoryHost> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(makeSite(name));
  const sshd = stack.use(await startSshd(site, options.sshd));
  const program = await installElsewhere(site, PROGRAM_THERE);
  for (const below of ["repo", "repo2", "lock", "log"]) site.makeFolder(`there/${below}`);
  const configureThere = (global = options.there, stanza: Record<string, string> = {}) => {
    const cluster: Record<string, string> = {
      ...hostOptions(sshd, "pg1", executable(), site.path("pgbackrest.conf")),
      "pg1-path": site.path(options.postgres?.folder ?? "pg"),
      "pg1-socket-path": site.path("socket"),
    };
    const all = {
      global: { ...defaultsThere(site), "cmd-ssh": sshd.ssh, ...global },
      [STANZA]: { ...cluster, ...stanza },
    };
    const text = Object.entries(all).map(([section, values]) =>
      `[${section}]\n` + Object.entries(values).map(([key, value]) => `${key}=${value}\n`).join("")
    ).join("\n");
    site.write(CONFIG_THERE, text);
  };
  configureThere();
  const reached = {
    "repo1-path": null,
    "cmd-ssh": sshd.ssh,
    ...hostOptions(sshd, "repo1", program, site.path(CONFIG_THERE)),
  };
  const stanza = stack.use(
    await makeStanza(name, {
      ...options,
      site,
      global: { ...reached, ...options.global },
    }),
  );
  const base = [`--config=${site.path(CONFIG_THERE)}`, `--stanza=${STANZA}`];
  const whole = stack.move();
  return {
    ...stanza,
    sshd,
    reached,
    configureThere,
    there: (args, more) => run(program, [...base, ...args], more),
    mustThere: (args, more) => succeed(program, [...base, ...args], more),
    startThere: (args) => start(program, [...base, ...args]),
    remotes: ({ serves, process }) => {
      const wanted = [`--process=${process}`, `--remote-type=${serves}`];
      return processesOf(site).filter(({ words }) => words.length > 5 && wanted.every((word) => words.includes(word)))
        .map(({ pid }) => pid);
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

function defaultsThere(site: Site): Record<string, string> {
  return {
    "repo1-path": site.path("there/repo"),
    "repo1-retention-full": "2",
    "lock-path": site.path("there/lock"),
    "log-path": site.path("there/log"),
    "log-level-console": "info",
    "start-fast": "y",
    "archive-timeout": "30",
  };
}
