/**
 * Who this program is: how it was made, how it was called, and how to start itself again as a process or a worker.
 * On the path of every start, so free of `node:` and `npm:` imports.
 */

/** How the program was made: by `deno compile`, by scripts/executable/embed.ts, or run from its sources. */
export type BuildKind = "compiled" | "embedded" | "source";

/** What the boot module of scripts/executable/boot.ts leaves for the program it starts. */
interface Embedded {
  /** Specifier of the boot module; a worker started from it runs src/main.ts. */
  readonly entry: string;
  /** Path of the executable, as it was when it started. */
  readonly path: string;
  /** Variable that carries the name the program was called by. */
  readonly calledAs: string;
  /** Variable that carries HOME, where the user had one. */
  readonly home: string;
  /** Variables the executable set for Deno, with their values. */
  readonly environment: Readonly<Record<string, string>>;
}

const embedded: Embedded | undefined = Reflect.get(globalThis, Symbol.for("pg_backrest.embedded"));

/** True in a worker thread. */
export const IN_WORKER: boolean = "WorkerGlobalScope" in globalThis;

/** argv[0]: the name the program was called by as typed, once it is known. */
let typedName: string | undefined = IN_WORKER ? nameOfWorker() : undefined;

/** How this program was made. */
export function buildKind(): BuildKind {
  if (embedded) return "embedded";
  return Deno.build.standalone ? "compiled" : "source";
}

/**
 * Gives the environment back the form the user gave it, so that neither the program nor a child sees what the executable
 * put there for Deno; only the user's own settings for Deno and Node are gone. Must be the first thing the program does:
 * it also keeps the name the program was called by.
 */
export function cleanEnvironment(): void {
  if (!embedded || IN_WORKER) return;
  typedName = Deno.env.get(embedded.calledAs);
  Deno.env.delete(embedded.calledAs);
  for (const [name, value] of Object.entries(embedded.environment)) {
    if (Deno.env.get(name) === value) Deno.env.delete(name);
  }
  const home = Deno.env.get(embedded.home);
  Deno.env.delete(embedded.home);
  if (home === undefined) Deno.env.delete("HOME");
  else Deno.env.set("HOME", home);
}

/** Absolute path of the executable file, symbolic links resolved; in the source way that of `deno`. */
export function programPath(): string {
  const path = embedded?.path ?? Deno.execPath();
  // The kernel's mark on a file that was replaced while it ran: its successor stands at the same place.
  return path.endsWith(" (deleted)") ? path.slice(0, -" (deleted)".length) : path;
}

/** What to run to start this program again: `path`, with `args` before the program's own arguments. */
export function selfCommand(): { path: string; args: string[] } {
  if (buildKind() !== "source") return { path: programPath(), args: [] };
  const settings = new URL("../../deno.json", import.meta.url).pathname;
  const main = new URL("../main.ts", import.meta.url).pathname;
  return { path: programPath(), args: ["run", "--quiet", "--no-prompt", "-P=program", "--config", settings, main] };
}

/**
 * Absolute path by which the program was called, symbolic links kept: a name with a slash is resolved against the
 * current folder, a bare name is searched in PATH. `programPath()` where that does not lead to this program.
 */
export function calledAs(): string {
  const typed = argv0();
  if (typed === undefined) return programPath();
  const found = typed.includes("/") ? absolute(typed) : searchPath(typed);
  return found !== undefined && isThisProgram(found) ? found : programPath();
}

/** Last part of the name the program was called by, `pgbackrest` for instance; `pg_backrest` when run from source. */
export function calledName(): string {
  if (buildKind() === "source") return "pg_backrest";
  const name = argv0() ?? programPath();
  return name.slice(name.lastIndexOf("/") + 1);
}

/** Specifier of the module that runs src/main.ts as a worker: `new Worker(workerUrl(), { type: "module" })`. */
export function workerUrl(): string {
  return embedded?.entry ?? new URL("../main.ts", import.meta.url).href;
}

/** Starts this program as a worker thread that knows how the program was called; the caller terminates it. */
export function startWorker(): Worker {
  return new Worker(workerUrl(), { type: "module", name: typedName ?? "" });
}

/** argv[0], where there is one of our own. What `deno compile` makes knows it only through Node's `process` (50 ms). */
function argv0(): string | undefined {
  if (typedName === undefined && buildKind() === "compiled") {
    const process: { argv0: string } = Reflect.get(globalThis, "process");
    typedName = process.argv0;
  }
  return typedName;
}

/** The name given by `startWorker`. */
function nameOfWorker(): string | undefined {
  const name: unknown = Reflect.get(globalThis, "name");
  return typeof name === "string" && name !== "" ? name : undefined;
}

function absolute(path: string): string {
  if (path.startsWith("/")) return path;
  const folder = Deno.cwd();
  return `${folder === "/" ? "" : folder}/${path.replace(/^(?:\.\/+)+/, "")}`;
}

/** First executable of that name in PATH, as execvp() finds it; an empty entry of PATH is the current folder. */
function searchPath(name: string): string | undefined {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = absolute(folder === "" ? name : `${folder}/${name}`);
    if (isThisProgram(path)) return path;
  }
  return undefined;
}

/** Whether a path leads to the file this program was started from (argv[0] is whatever the caller made it). */
function isThisProgram(path: string): boolean {
  try {
    const found = Deno.statSync(path);
    const own = Deno.statSync(programPath());
    return found.dev === own.dev && found.ino === own.ino;
  } catch {
    return false;
  }
}
