/** The place where the demo happens: a folder of its own, everything run by the user PostgreSQL needs. */
export interface Stage extends AsyncDisposable {
  path(below: string): string;
  /** Runs a program to its end and gives its output; failing is an error with what it printed. */
  run(program: string, ...args: string[]): Promise<string>;
}

/** Where Debian's PostgreSQL 15 has its programs. */
export const BIN = "/usr/lib/postgresql/15/bin";

/** Makes the folder. Disposing stops the server, if it still runs, and removes the folder. */
export function openStage(): Stage {
  const folder = Deno.makeTempDirSync({ prefix: "pgbr-demo-" });
  const user = databaseUser();
  Deno.chmodSync(folder, 0o755);
  if (user !== undefined) Deno.chownSync(folder, user.uid, user.gid);
  const stage: Stage = {
    path: (below) => `${folder}/${below}`,
    async run(program, ...args) {
      const { code, stdout, stderr } = await new Deno.Command(program, {
        args,
        cwd: folder,
        clearEnv: true,
        env: { PATH: `${folder}/bin:/usr/local/bin:/usr/bin:/bin`, LC_ALL: "C.UTF-8", ...timeZone() },
        ...user,
      }).output();
      const text = new TextDecoder().decode(stdout);
      if (code === 0) return text;
      throw new Error(`${program} ${args.join(" ")} ended with ${code}\n${text}${new TextDecoder().decode(stderr)}`);
    },
    async [Symbol.asyncDispose]() {
      await stage.run(`${BIN}/pg_ctl`, "-D", stage.path("pg"), "-m", "immediate", "-w", "stop").catch(() => {});
      Deno.removeSync(folder, { recursive: true });
    },
  };
  return stage;
}

function timeZone(): Record<string, string> {
  const zone = Deno.env.get("TZ");
  return zone === undefined ? {} : { TZ: zone };
}

/** PostgreSQL refuses to run as root: root plays the part of user postgres. */
function databaseUser(): { uid: number; gid: number } | undefined {
  if (Deno.uid() !== 0) return undefined;
  const line = Deno.readTextFileSync("/etc/passwd").split("\n").find((entry) => entry.startsWith("postgres:"));
  if (line === undefined) throw new Error("user postgres is missing: run scripts/setup");
  const [, , uid, gid] = line.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}
