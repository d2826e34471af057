import { databaseUser, type Ended, executable, run, type Running, type RunOptions, start, succeed } from "./program.ts";
import { type Trace, traced } from "./trace.ts";

/** A temporary folder owned by the database user, with a configuration file and one stanza. Disposing removes it. */
export interface Site extends AsyncDisposable {
  readonly folder: string;
  /** `<folder>/<path>`. */
  path(path: string): string;
  /** Writes the configuration file: sections of key and value; the paths every site needs are added to [global]. */
  configure(sections: Record<string, Record<string, string | null>>): void;
  /** Runs the executable under test with this configuration and stanza `demo`. */
  backrest(args: string[], options?: RunOptions): Promise<Ended>;
  /** Starts it without waiting for its end. */
  start(args: string[], options?: RunOptions): Running;
  /**
   * Runs it and kills it with SIGKILL at the `nth` system call of a name that one of its threads makes. Deno itself unlinks up to two
   * files when it starts, so for the first ones there is killedAtFile.
   */
  killedAt(call: string, nth: number, args: string[]): Promise<Ended>;
  /** Runs it and kills it with SIGKILL when it makes a system call of a name on a file. */
  killedAtFile(call: string, path: string, args: string[]): Promise<Ended>;
  /** Runs it and lets a system call of a name on a file fail: the first in each of its threads, or every one (`1+`). */
  failingAtFile(
    call: string,
    path: string,
    failure: { error: string; when: "1" | "1+" },
    args: string[],
  ): Promise<Ended>;
  /** Runs it, watching what it does with files. */
  traced(args: string[]): Promise<Trace>;
  /** The same with Debian's pgbackrest. */
  peer(args: string[], options?: RunOptions): Promise<Ended>;
  /** Like the two above, but failing is an error of the test; returns the output. */
  mustBackrest(args: string[], options?: RunOptions): Promise<string>;
  mustPeer(args: string[], options?: RunOptions): Promise<string>;
  /** Writes a file as the database user. */
  write(path: string, content: string | Uint8Array, mode?: number): void;
  /** Creates a symbolic link as the database user. */
  link(target: string, below: string): Promise<void>;
  /** Creates a folder, and its parents where they are missing, as the database user. */
  makeFolder(path: string, mode?: number): void;
}

/** Stanza of all sites. */
export const STANZA = "demo";

/** Where Debian installs the peer. */
export const PEER = "/usr/bin/pgbackrest";

/** Makes a site; `name` shows in its folder. */
export function makeSite(name: string): Site {
  const folder = Deno.makeTempDirSync({ prefix: `pgbr-${name}-`, dir: "/tmp" });
  const owner = databaseUser();
  const own = (path: string) => owner === undefined ? undefined : Deno.chownSync(path, owner.uid, owner.gid);
  Deno.chmodSync(folder, 0o755);
  own(folder);
  const path = (below: string) => `${folder}/${below}`;
  const base = [`--config=${path("pgbackrest.conf")}`, `--stanza=${STANZA}`];
  const site: Site = {
    folder,
    path,
    configure(sections) {
      const all = { ...sections, global: { ...defaults(path), ...sections["global"] } };
      const text = Object.entries(all).map(([section, values]) => `[${section}]\n` + lines(values)).join("\n");
      site.write("pgbackrest.conf", text);
    },
    backrest: (args, options) => run(executable(), withBase(base, args), options),
    start: (args, options) => start(executable(), withBase(base, args), options),
    killedAt: (call, nth, args) =>
      disturbed(`${call}:signal=KILL:when=${nth}`, [executable(), ...withBase(base, args)]),
    killedAtFile: (call, path, args) =>
      disturbed(`${call}:signal=KILL:when=1`, [executable(), ...withBase(base, args)], ["-P", path]),
    failingAtFile: (call, path, { error, when }, args) =>
      disturbed(`${call}:error=${error}:when=${when}`, [executable(), ...withBase(base, args)], ["-P", path]),
    traced: (args) => traced([executable(), ...withBase(base, args)], path("trace")),
    peer: (args, options) => run(PEER, withBase(base, args), options),
    mustBackrest: (args, options) => succeed(executable(), withBase(base, args), options),
    mustPeer: (args, options) => succeed(PEER, withBase(base, args), options),
    write(below, content, mode = 0o640) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      Deno.writeFileSync(path(below), bytes);
      Deno.chmodSync(path(below), mode);
      own(path(below));
    },
    link: async (target, below) => void await succeed("/bin/ln", ["-s", target, path(below)]),
    makeFolder(below, mode = 0o750) {
      const parent = below.includes("/") ? below.slice(0, below.lastIndexOf("/")) : "";
      if (!isFolder(path(parent))) site.makeFolder(parent);
      if (!isFolder(path(below))) Deno.mkdirSync(path(below));
      Deno.chmodSync(path(below), mode);
      own(path(below));
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(folder, { recursive: true });
    },
  };
  for (const below of ["repo", "log", "lock", "spool", "socket"]) site.makeFolder(below);
  return site;
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** strace counts the calls of each thread for itself, so of a kill the first thread that gets there takes all with it. */
function disturbed(fault: string, words: string[], only: string[] = []): Promise<Ended> {
  const quiet = ["-f", "-qqq", "-o", "/dev/null", ...only];
  const trace = `trace=${fault.slice(0, fault.indexOf(":"))}`;
  return run("/usr/bin/strace", [...quiet, "-e", trace, "-e", `inject=${fault}`, ...words]);
}

/** Options given twice are an error, so what a test gives replaces the base. */
function withBase(base: string[], args: string[]): string[] {
  const given = new Set(args.filter((arg) => arg.startsWith("--")).map((arg) => arg.split("=")[0]));
  return [...base.filter((arg) => !given.has(arg.split("=")[0])), ...args];
}

function lines(values: Record<string, string | null>): string {
  return Object.entries(values).map(([key, value]) => value === null ? "" : `${key}=${value}\n`).join("");
}

function defaults(path: (below: string) => string): Record<string, string> {
  return {
    "repo1-path": path("repo"),
    "repo1-retention-full": "2",
    "log-path": path("log"),
    "lock-path": path("lock"),
    "spool-path": path("spool"),
    "log-level-console": "info",
    "start-fast": "y",
    "archive-timeout": "30",
  };
}
