/**
 * Makes the executable; scripts/build is the way to call it. Two ways: `deno compile` where Deno's runtime stub is at
 * hand, else `deno` itself with the program embedded (embed.ts).
 */
import settings from "../../deno.json" with { type: "json" };
import { bundle } from "./bundle.ts";
import { compile, findStub, type Project } from "./compile.ts";
import { embed } from "./embed.ts";

const HELP = `Usage: scripts/build [--way=compile|embed] [--output=FILE] [--runtime=FILE]

  --way=compile   use "deno compile"; its runtime stub comes from DENORT_BIN, Deno's cache or the network
  --way=embed     put the program into a copy of deno itself
                  default: compile where a working stub is at hand, else embed
  --output=FILE   default: dist/pg_backrest
  --runtime=FILE  the deno to embed into, for another processor for instance; default: the one that runs this
`;

type Way = "compile" | "embed";

interface Choices {
  readonly way: Way | undefined;
  readonly output: string;
  readonly runtime: string;
}

const ROOT = new URL("../../", import.meta.url).pathname;
const PROJECT: Project = { deno: Deno.execPath(), config: `${ROOT}deno.json`, main: `${ROOT}src/main.ts` };

/** What the arguments of scripts/build ask for; throws an Error on one it does not know. */
export function readChoices(args: readonly string[]): Choices {
  const given = new Map(args.map((arg) => {
    const [, name, value] = /^--(way|output|runtime)=(.+)$/.exec(arg) ?? [];
    if (name === undefined || value === undefined) throw new Error(`Unknown argument "${arg}"\n${HELP}`);
    return [name, value] as const;
  }));
  const way = given.get("way");
  if (way !== undefined && way !== "compile" && way !== "embed") throw new Error(`Unknown way "${way}"\n${HELP}`);
  return {
    way,
    output: given.get("output") ?? `${ROOT}dist/pg_backrest`,
    runtime: given.get("runtime") ?? PROJECT.deno,
  };
}

/** Builds, in the chosen way or the best that works, and tells which it was. */
async function build(choices: Choices): Promise<Way> {
  if (choices.way !== "embed" && await tryCompile(choices)) return "compile";
  const chunks = await bundle(PROJECT.main, PROJECT);
  const runtime = await Deno.readFile(choices.runtime);
  await replace(choices.output, async (path) => {
    await Deno.writeFile(path, embed(runtime, chunks, settings.permissions.program));
    await Deno.chmod(path, 0o755);
    if (choices.runtime === PROJECT.deno) await verify(path);
  });
  return "embed";
}

/** False where no stub is at hand or it does not work, unless just this way was asked for: then an Error. */
async function tryCompile(choices: Choices): Promise<boolean> {
  const asked = choices.way === "compile";
  const stub = await findStub(PROJECT.deno, Deno.env.get("DENORT_BIN"));
  if (!asked && stub === undefined) return false;
  try {
    await replace(choices.output, async (path) => {
      await compile(PROJECT, path);
      await verify(path);
    });
    return true;
  } catch (error) {
    if (asked) throw error;
    const text = `The runtime stub "${stub}" is of no use: ${error instanceof Error ? error.message : error}\n`;
    await Deno.stderr.write(new TextEncoder().encode(text));
    return false;
  }
}

/** The new file takes the place of an old one only when it is complete and was seen to work. */
async function replace(output: string, make: (path: string) => Promise<void>): Promise<void> {
  await Deno.mkdir(output.replace(/[^/]*$/, "") || ".", { recursive: true });
  const path = `${output}.${Deno.pid}`;
  try {
    await make(path);
    await Deno.rename(path, output);
  } finally {
    await Deno.remove(path).catch(() => undefined);
  }
}

/** A stub of another version or processor, or a file that is none, shows only when the result runs. */
async function verify(path: string): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(await Deno.realPath(path), {
    args: ["version", "--verbose"],
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout);
  if (code === 0 && said.startsWith("pg_backrest ") && said.includes(`deno: ${Deno.version.deno}\n`)) return;
  const complaint = new TextDecoder().decode(stderr).trim() || said.trim();
  throw new Error(`the result is no pg_backrest on Deno ${Deno.version.deno} (exit ${code}): ${complaint}`);
}

async function run(args: readonly string[]): Promise<string> {
  if (args.includes("--help")) return HELP;
  const choices = readChoices(args);
  const way = await build(choices);
  const { size } = await Deno.stat(choices.output);
  return `${choices.output}: made with "${way}", ${(size / 1e6).toFixed(1)} MB\n`;
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  try {
    await Deno.stdout.write(encoder.encode(await run(Deno.args)));
  } catch (error) {
    await Deno.stderr.write(encoder.encode(`build: ${error instanceof Error ? error.message : error}\n`));
    Deno.exitCode = 1;
  }
}
