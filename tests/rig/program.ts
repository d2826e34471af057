/** Runs programs as the user that may run PostgreSQL: ourselves, or `postgres` when the tests run as root. */

/** What a program that has ended left behind. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** True runs it as the user of the tests, root perhaps. */
  asSelf?: boolean;
  stdin?: string | Uint8Array;
}

/** uid and gid of the user that may run PostgreSQL; undefined when that is the user of the tests. */
export function databaseUser(): { uid: number; gid: number } | undefined {
  if (Deno.uid() !== 0) return undefined;
  const line = Deno.readTextFileSync("/etc/passwd").split("\n").find((entry) => entry.startsWith("postgres:"));
  if (line === undefined) throw new Error("user postgres is missing: run scripts/setup");
  const [, , uid, gid] = line.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

/** Name of the user that runs PostgreSQL in the tests. */
export function databaseUserName(): string {
  const uid = databaseUser()?.uid ?? Deno.uid();
  return Deno.readTextFileSync("/etc/passwd").split("\n").find((entry) => entry.split(":")[2] === String(uid))!
    .split(":")[0]!;
}

/** The built executable under test; the test command sets the variable. */
export function executable(): string {
  const path = Deno.env.get("PG_BACKREST_EXECUTABLE");
  if (path === undefined) {
    throw new Error(
      "PG_BACKREST_EXECUTABLE is not set: run scripts/test, or scripts/build and set it to dist/pg_backrest",
    );
  }
  return path;
}

/** A command of the database user, ready to be spawned. */
export function command(
  path: string,
  args: string[],
  options: RunOptions & Partial<Deno.CommandOptions> = {},
): Deno.Command {
  const { asSelf, env, ...rest } = options;
  return new Deno.Command(path, {
    args,
    clearEnv: true,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C.UTF-8", TZ: "UTC", ...env },
    cwd: "/",
    ...rest,
    ...(asSelf === true ? {} : databaseUser()),
  });
}

/** Runs a program to its end. */
export async function run(path: string, args: string[], options: RunOptions = {}): Promise<Ended> {
  const piped = options.stdin !== undefined;
  const child = command(
    path,
    args,
    { ...options, stdout: "piped", stderr: "piped", ...(piped ? { stdin: "piped" } : {}) } as never,
  );
  if (!piped) return decode(await child.output());
  const process = child.spawn();
  const writer = process.stdin.getWriter();
  await writer.write(typeof options.stdin === "string" ? new TextEncoder().encode(options.stdin) : options.stdin!);
  await writer.close();
  return decode(await process.output());
}

function decode({ code, stdout, stderr }: Deno.CommandOutput): Ended {
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs a program that has to succeed; its output. */
export async function succeed(path: string, args: string[], options: RunOptions = {}): Promise<string> {
  const ended = await run(path, args, options);
  if (ended.code !== 0) {
    throw new Error(`${path} ${args.join(" ")} ended with ${ended.code}\n${ended.stdout}\n${ended.stderr}`);
  }
  return ended.stdout;
}

/** A program that runs beside the test. Disposing kills it, as far as it still runs, and waits for its end. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  /** What it leaves behind; may be awaited more than once. */
  readonly ended: Promise<Ended>;
  kill(signal: Deno.Signal): void;
}

/** Starts a program without waiting for its end. */
export function start(path: string, args: string[], options: RunOptions = {}): Running {
  const child = command(path, args, { ...options, stdin: "null", stdout: "piped", stderr: "piped" } as never).spawn();
  let over = false;
  const ended = child.output().then((output) => {
    over = true;
    return decode(output);
  });
  const kill = (signal: Deno.Signal) => {
    if (!over) child.kill(signal);
  };
  return {
    pid: child.pid,
    ended,
    kill,
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await ended;
    },
  };
}

/** Largest resident size of a running program until its end, in bytes; its children are not counted. */
export async function peakMemory(running: Running): Promise<number> {
  let peak = 0;
  let over = false;
  void running.ended.then(() => over = true);
  await until("the end of the program", () => {
    peak = Math.max(peak, residentPeak(running.pid));
    return over;
  }, 600);
  return peak;
}

function residentPeak(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Waits until a condition holds; the error names it when it does not within the deadline. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    if (await condition()) return;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
