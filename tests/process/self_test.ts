import { assertEquals } from "@std/assert";
import { bundle } from "../../scripts/executable/bundle.ts";
import { embed } from "../../scripts/executable/embed.ts";
import { writeExecutable } from "../rig/executable_file.ts";
import {
  buildKind,
  calledAs,
  calledName,
  IN_WORKER,
  programPath,
  selfCommand,
  workerUrl,
} from "../../src/process/self.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Says what the module under test says, once in the main thread and once in a worker, as two lines of JSON. */
const REPORTER = `
import * as self from "${ROOT}src/process/self.ts";
self.cleanEnvironment();
const { path, args } = self.selfCommand();
const report = { kind: self.buildKind(), program: self.programPath(), as: self.calledAs(), name: self.calledName(),
  path, args, worker: self.IN_WORKER, env: Deno.env.toObject() };
if (self.IN_WORKER) globalThis.postMessage(report);
else {
  console.log(JSON.stringify(report));
  const worker = self.startWorker();
  worker.onmessage = ({ data }) => { console.log(JSON.stringify(data)); Deno.exit(0); };
}
`;

interface Report {
  readonly [key: string]: unknown;
}

/** Folder with the executable `program` in it, made of the reporter. */
async function makeProgram(): Promise<AsyncDisposable & { folder: string }> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "self-" }));
  await Deno.writeTextFile(`${folder}/main.ts`, REPORTER);
  const chunks = await bundle(`${folder}/main.ts`, { deno: Deno.execPath(), config: `${ROOT}deno.json` });
  const permissions = { read: true, env: true };
  await writeExecutable(`${folder}/program`, embed(await Deno.readFile(Deno.execPath()), chunks, permissions));
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

/** Runs a line of shell in a folder; what main thread and worker reported. */
async function reports(line: string, cwd: string, env: Record<string, string> = {}): Promise<Report[]> {
  const command = new Deno.Command("/bin/bash", { args: ["-c", line], cwd, clearEnv: true, env, stdin: "null" });
  const { code, stdout, stderr } = await command.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], line);
  return new TextDecoder().decode(stdout).trim().split("\n").map((text) => JSON.parse(text));
}

Deno.test("the executable knows how it was called, in every thread", async () => {
  await using made = await makeProgram();
  const { folder } = made;
  await Deno.mkdir(`${folder}/bin`);
  await Deno.symlink("../program", `${folder}/bin/pgbackrest`);
  const cases: readonly (readonly [line: string, as: string, name: string])[] = [
    [`${folder}/program`, `${folder}/program`, "program"],
    ["./program", `${folder}/program`, "program"],
    ["bin/pgbackrest", `${folder}/bin/pgbackrest`, "pgbackrest"],
    ["cd bin && ../program", `${folder}/bin/../program`, "program"],
    ["PATH=/nonexistent:bin pgbackrest", `${folder}/bin/pgbackrest`, "pgbackrest"],
    [`export PATH=${folder}/bin && cd / && pgbackrest`, `${folder}/bin/pgbackrest`, "pgbackrest"],
    ["exec -a pgbackrest ./program", `${folder}/program`, "pgbackrest"],
    ["exec -a /bin/ls ./program", `${folder}/program`, "ls"],
  ];
  for (const [line, as, name] of cases) {
    const [main, worker] = await reports(line, folder);
    assertEquals([main?.["as"], main?.["name"]], [as, name], line);
    assertEquals([worker?.["as"], worker?.["name"], worker?.["worker"]], [as, name, true], `${line}, in the worker`);
  }
});

Deno.test("the executable starts itself by the path of its file, without arguments", async () => {
  await using made = await makeProgram();
  const program = `${made.folder}/program`;
  await Deno.symlink(program, `${made.folder}/link`);
  const [main] = await reports("./link", made.folder);
  assertEquals([main?.["kind"], main?.["program"], main?.["path"], main?.["args"]], ["embedded", program, program, []]);
});

Deno.test("program and children see the environment the user gave, but for settings of Deno and Node", async () => {
  await using made = await makeProgram();
  const cases: readonly (readonly [given: Record<string, string>, seen: Record<string, string>])[] = [
    [{}, {}],
    [{ HOME: "/dev/null", NO_COLOR: "1", PG: "x" }, { HOME: "/dev/null", NO_COLOR: "1", PG: "x" }],
    [{ NODE_OPTIONS: "--x", DENO_V8_FLAGS: "--x", DENO_DIR: "/x", PG_BACKREST_HOME: "/x", PG_BACKREST_ARGV0: "x" }, {}],
  ];
  for (const [given, seen] of cases) {
    const [main, worker] = await reports('exec env -u PWD -u SHLVL -u _ "$PWD/program"', made.folder, given);
    assertEquals([main?.["env"], worker?.["env"]], [seen, seen]);
  }
});

Deno.test("run from its sources the program starts itself through deno, with the permissions it is built with", async () => {
  assertEquals([buildKind(), calledName(), IN_WORKER], ["source", "pg_backrest", false]);
  assertEquals([programPath(), calledAs()], [Deno.execPath(), Deno.execPath()]);
  assertEquals(workerUrl(), new URL("../../src/main.ts", import.meta.url).href);
  const { path, args } = selfCommand();
  const ended = await new Deno.Command(path, { args: [...args, "version", "--verbose"], cwd: "/" }).output();
  const lines = new TextDecoder().decode(ended.stdout).split("\n");
  assertEquals([ended.code, new TextDecoder().decode(ended.stderr), lines[1]], [0, "", "build: run from its sources"]);
});
