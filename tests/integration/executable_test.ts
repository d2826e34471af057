/** The built file itself: it runs wherever it is put, whoever calls it, with nothing beside it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { copyExecutable } from "../rig/executable_file.ts";
import { executable, run as runAsDatabaseUser } from "../rig/program.ts";
import { makeSite, STANZA } from "../rig/site.ts";

const DECODER = new TextDecoder();

/** How a copy is called. */
interface Call {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that holds a copy of the executable and nothing else. */
interface Place extends AsyncDisposable {
  readonly folder: string;
  readonly program: string;
}

async function place(name = "pg_backrest"): Promise<Place> {
  const built = await Deno.realPath(executable());
  const folder = await Deno.makeTempDir({ prefix: "alone-" });
  await Deno.chmod(folder, 0o755);
  const program = `${folder}/${name}`;
  await copyExecutable(built, program);
  return { folder, program, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

/** Runs a program in an empty environment but for what the call names. */
async function run(program: string, args: readonly string[], call: Call = {}): Promise<Result> {
  const options: Deno.CommandOptions = { args: [...args], cwd: "/", clearEnv: true, stdin: "null", ...call };
  const { code, stdout, stderr } = await new Deno.Command(program, options).output();
  return { code, stdout: DECODER.decode(stdout), stderr: DECODER.decode(stderr) };
}

function assertIsVersion(result: Result, what: string): void {
  assertEquals(result.stderr, "", what);
  assertMatch(result.stdout, /^pg_backrest \d+\.\d+\.\d+ \(pgBackRest \d+\.\d+(?:\.\d+)? compatible\)\n$/, what);
  assertEquals(result.code, 0, what);
}

Deno.test("it runs alone in an empty folder and adds nothing to it", async () => {
  await using at = await place();
  assertIsVersion(await run(at.program, ["version"], { cwd: at.folder }), "alone");
  assertEquals([...Deno.readDirSync(at.folder)].map(({ name }) => name), ["pg_backrest"]);
});

Deno.test("it runs whatever the environment is", async () => {
  await using at = await place();
  const environments: readonly (readonly [what: string, env: Record<string, string>])[] = [
    ["none at all, as after env -i", {}],
    ["no deno in PATH", { PATH: "/nonexistent", HOME: at.folder }],
    ["HOME empty", { PATH: "/usr/bin:/bin", HOME: "" }],
    ["HOME missing", { HOME: "/nonexistent/home" }],
    ["HOME that nobody can write", { HOME: "/proc/self" }],
    ["HOME that is a file", { HOME: "/dev/null" }],
    ["settings for Node", { NODE_OPTIONS: "--require /nonexistent.js", NODE_CHANNEL_FD: "9" }],
    ["settings for Deno", { DENO_V8_FLAGS: "--no-such-flag", DENO_DIR: "/nonexistent", DENO_LOG: "debug" }],
    ["a dead permission broker", { DENO_PERMISSION_BROKER_PATH: "/nonexistent/socket" }],
    ["another locale", { LC_ALL: "de_DE.UTF-8", LANG: "tr_TR.UTF-8" }],
  ];
  for (const [what, env] of environments) assertIsVersion(await run(at.program, ["version"], { env }), what);
});

Deno.test("it runs beside settings files of Deno and Node that are of no concern to it", async () => {
  await using at = await place();
  for (const name of ["deno.json", "package.json", ".npmrc", "deno.lock", ".env"]) {
    await Deno.writeTextFile(`${at.folder}/${name}`, "{ this is broken");
  }
  assertIsVersion(await run(at.program, ["version"], { cwd: at.folder, env: { HOME: "/nonexistent" } }), "settings");
});

Deno.test("it writes nothing into HOME", async () => {
  await using at = await place();
  await using home = await place("other");
  await Deno.remove(home.program);
  for (const args of [["version", "--verbose"], ["help"], ["help", "backup"], ["no-such-command"]]) {
    await run(at.program, args, { env: { HOME: home.folder }, cwd: home.folder });
    assertEquals([...Deno.readDirSync(home.folder)], [], args.join(" "));
  }
});

Deno.test({
  name: "another user can run it, without a home and in a folder that is not theirs",
  ignore: Deno.uid() !== 0, // only root can become somebody else
  fn: async () => {
    await using at = await place();
    assertIsVersion(await run(at.program, ["version"], { uid: 65534, gid: 65534, cwd: at.folder }), "nobody");
  },
});

Deno.test("it runs under any name, through links, and from PATH", async () => {
  await using at = await place("pg back rest ä");
  await Deno.symlink(at.program, `${at.folder}/link`);
  await Deno.symlink("link", `${at.folder}/link to link`);
  await Deno.link(at.program, `${at.folder}/hard`);
  for (const name of ["pg back rest ä", "link", "link to link", "hard"]) {
    assertIsVersion(await run(`${at.folder}/${name}`, ["version"]), name);
    assertIsVersion(await run("/bin/sh", ["-c", `cd / && "$0" version`, name], { env: { PATH: at.folder } }), name);
  }
});

Deno.test("it shows itself as the peer when it is called by the peer's name", async () => {
  await using at = await place();
  await Deno.symlink("pg_backrest", `${at.folder}/pgbackrest`);
  const expected = /^pgBackRest \d+\.\d+(?:\.\d+)?\n$/;
  assertMatch((await run(`${at.folder}/pgbackrest`, ["version"])).stdout, expected);
  const found = await run("/bin/sh", ["-c", "pgbackrest version"], { env: { PATH: at.folder } });
  assertMatch(found.stdout, expected);
});

Deno.test("version --verbose tells how it was built, on which Deno and for which platform", async () => {
  await using at = await place();
  const { stdout, code } = await run(at.program, ["version", "--verbose"]);
  const lines = stdout.trimEnd().split("\n").slice(1).map((line) => line.split(": ") as [string, string]);
  const facts = Object.fromEntries(lines);
  assertEquals(code, 0);
  assertMatch(facts["build"] ?? "", /^single executable, made (?:by deno compile|from the deno executable)$/);
  assertEquals([facts["program"], facts["deno"], facts["platform"]], [
    at.program,
    Deno.version.deno,
    Deno.build.target,
  ]);
});

Deno.test("an error ends with its code and without a trace of how the program is made", async () => {
  await using at = await place();
  const { code, stdout, stderr } = await run(at.program, ["no-such-command"]);
  assertEquals([code, stderr.includes("data:"), stderr.includes("\x1b[")], [48, false, false], stderr);
  assertStringIncludes(stdout + stderr, "no-such-command");
});

Deno.test("it runs from a terminal that is closed and with no standard streams", async () => {
  await using at = await place();
  const closed = await run("/bin/sh", ["-c", 'exec "$0" version <&- >&- 2>&-', at.program]);
  assert(closed.code < 128, `ended by a signal: ${closed.code}`);
  const silent = await run("/bin/sh", ["-c", '"$0" version <&- 2>&-', at.program]);
  assertIsVersion(silent, "only standard output is open");
});

/** A PostgreSQL socket where somebody takes connections and never says a word. */
function muteServer(path: string): Disposable {
  const listener = Deno.listen({ transport: "unix", path });
  const taken: Deno.Conn[] = [];
  Deno.chmodSync(path, 0o777);
  (async () => {
    for await (const connection of listener) taken.push(connection);
  })();
  return {
    [Symbol.dispose]: () => {
      listener.close();
      for (const connection of taken) connection.close();
    },
  };
}

Deno.test("a run of several seconds connects to its PostgreSQL and to no network, and asks no name server", async () => {
  await using site = makeSite("network");
  site.makeFolder("pg");
  site.configure({ [STANZA]: { "pg1-path": site.path("pg"), "pg1-socket-path": site.path("socket") } });
  const socket = site.path("socket/.s.PGSQL.5432");
  using _server = muteServer(socket);

  const call = [executable(), `--config=${site.path("pgbackrest.conf")}`, `--stanza=${STANZA}`, "stanza-create"];
  const trace = ["-f", "-e", "trace=network", "-o", site.path("trace"), "timeout", "--signal=TERM", "3.5"];
  const started = performance.now();
  const { stdout } = await runAsDatabaseUser("/usr/bin/strace", [...trace, ...call]);
  assert(performance.now() - started > 3000, `it ended too early: ${stdout}`);

  const lines = Deno.readTextFileSync(site.path("trace")).split("\n");
  const connections = lines.filter((line) => /\bconnect\(/.test(line));
  assert(connections.some((line) => line.includes(`"${socket}"`)), "it never connected to PostgreSQL");
  // Sockets of this machine are no network: getent asks the name service's cache through one.
  assertEquals(connections.filter((line) => !line.includes("sa_family=AF_UNIX")), []);
  assertEquals(lines.filter((line) => /\bAF_INET6?\b|\bAF_NETLINK\b/.test(line)), []);
});
