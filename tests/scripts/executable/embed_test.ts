/** Small programs embedded into the deno that runs these tests. */
import { assert, assertEquals } from "@std/assert";
import { embed } from "../../../scripts/executable/embed.ts";
import type { Permissions } from "../../../scripts/executable/launch.ts";
import { writeExecutable } from "../../rig/executable_file.ts";

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Embeds a program, hands the path of its executable to a test and removes it again. */
async function withProgram(
  chunks: Record<string, string>,
  use: (path: string) => Promise<void>,
  permissions: Permissions = { read: true, env: true },
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "embed-" });
  try {
    const deno = await Deno.readFile(Deno.execPath());
    await writeExecutable(`${folder}/program`, embed(deno, new Map(Object.entries(chunks)), permissions));
    await use(`${folder}/program`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(path: string, args: string[], env: Record<string, string> = {}): Promise<Result> {
  const { code, stdout, stderr } = await new Deno.Command(path, {
    args,
    env,
    clearEnv: true,
    stdin: "null",
    signal: AbortSignal.timeout(60_000),
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** Prints the arguments, the environment and what the boot module left, as JSON. */
const REPORTER = {
  "main.js": `const { calledAs, home, environment } = globalThis[Symbol.for("pg_backrest.embedded")];
console.log(JSON.stringify({ args: Deno.args, env: Deno.env.toObject(), calledAs, home, environment }));
`,
};

Deno.test("the user's arguments arrive untouched, also those Deno itself knows", async () => {
  const args = ["--version", "-A", "--", "--help", "", "a b", "ä\n", "--allow-net", "x".repeat(100_000)];
  await withProgram(REPORTER, async (path) => {
    const { stdout, code } = await run(path, args);
    assertEquals([JSON.parse(stdout).args, code], [args, 0]);
    assertEquals(JSON.parse((await run(path, [])).stdout).args, []);
  });
});

Deno.test("the environment is the user's, without settings for Deno and Node, with those needed here", async () => {
  await withProgram(REPORTER, async (path) => {
    const foreign = { NODE_OPTIONS: "--require /nonexistent", DENO_V8_FLAGS: "--no-such-flag", DENO_DIR: "/x" };
    const { env, ...facts } = JSON.parse((await run(path, [], { PATH: "/bin", HOME: "/dev/null", ...foreign })).stdout);
    const own = { ...facts.environment, [facts.calledAs]: path, HOME: "/nonexistent" };
    assertEquals(env, { PATH: "/bin", ...own, [facts.home]: "/dev/null" });
    assertEquals(JSON.parse((await run(path, [])).stdout).env, own);
  });
});

Deno.test("the user's NO_COLOR is kept", async () => {
  await withProgram(REPORTER, async (path) => {
    assertEquals(JSON.parse((await run(path, [], { NO_COLOR: "1" })).stdout).env.NO_COLOR, "1");
  });
});

Deno.test("what the program may not do is refused without a question", async () => {
  await withProgram({ "main.js": 'Deno.writeTextFileSync("/tmp/never", "");' }, async (path) => {
    const { code, stderr } = await run(path, []);
    assertEquals(code, 200);
    assert(stderr.includes("NotCapable"), stderr);
  });
});

Deno.test("modules are loaded once, lazily, from a file that may be gone by then", async () => {
  const chunks = {
    "main.js": `import { state } from "./shared-1.js";
state.count++;
Deno.removeSync(Deno.execPath());
const { add } = await import("./late-1.js");
console.log(add(), "shared" in globalThis);
`,
    "shared-1.js": "globalThis.shared = true;\nconst state = { count: 1 };\nexport { state };\n",
    "late-1.js": 'import { state } from "./shared-1.js";\nconst add = () => ++state.count;\nexport { add };\n',
  };
  await withProgram(chunks, async (path) => {
    assertEquals(await run(path, []), { code: 0, stdout: "3 true\n", stderr: "" });
  }, { read: true, write: true });
});

Deno.test("a worker runs the same program and gets every message, in order, however late it listens", async () => {
  const chunks = {
    "main.js": `if ("WorkerGlobalScope" in globalThis) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { double } = await import("./job-1.js");
  self.onmessage = ({ data }) => self.postMessage(double(data));
} else {
  const { entry } = globalThis[Symbol.for("pg_backrest.embedded")];
  const worker = new Worker(entry, { type: "module" });
  const answers = [];
  worker.onmessage = ({ data }) => {
    if (answers.push(data) < 3) return;
    console.log(answers.join());
    Deno.exit(7);
  };
  for (const number of [1, 2, 3]) worker.postMessage(number);
}
`,
    "job-1.js": "const double = (x) => 2 * x;\nexport { double };\n",
  };
  await withProgram(chunks, async (path) => {
    assertEquals(await run(path, []), { code: 7, stdout: "2,4,6\n", stderr: "" });
  });
});

Deno.test("a run of several seconds asks no network, not even a name server", async () => {
  const waiting = { "main.js": "await new Promise((resolve) => setTimeout(resolve, 3500));\nDeno.exit(3);\n" };
  await withProgram(waiting, async (path) => {
    const log = `${path}.strace`;
    const args = ["-f", "-e", "trace=network", "-o", log, path];
    assertEquals(await run("/usr/bin/strace", args), { code: 3, stdout: "", stderr: "" });
    const calls = Deno.readTextFileSync(log).split("\n").filter((line) =>
      /\b(?:connect|sendto|sendmsg|sendmmsg)\(/.test(line)
    );
    assertEquals(calls, []);
  });
});

Deno.test("a current folder that was removed does not keep the program from starting", async () => {
  await withProgram({ "main.js": "console.log(Deno.cwd());\n" }, async (path) => {
    const line = 'mkdir "$0.d" && cd "$0.d" && rmdir "$0.d" && "$0"';
    assertEquals(await run("/bin/sh", ["-c", line, path]), { code: 0, stdout: "/\n", stderr: "" });
    assertEquals((await run("/bin/sh", ["-c", 'cd /usr && "$0"', path])).stdout, "/usr\n");
  });
});

Deno.test("a program that fails to start ends with a status PostgreSQL does not take for an answer", async () => {
  await withProgram({ "main.js": 'throw new Error("broken");\n' }, async (path) => {
    const { code, stderr } = await run(path, []);
    assertEquals([code, stderr.split("\n")[0]], [200, "Error: broken"]);
  });
});
