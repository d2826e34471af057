#!/usr/bin/env -S deno run -A
// Compiles our WebAssembly modules from their AssemblyScript sources, src/stream/wasm/*.as, and puts each, as base64, into
// a .ts file beside them. The compiler is an npm package that only this script uses.

const COMPILER = "npm:assemblyscript@0.28.20/asc";
const MODULES = ["page_checksum", "block_hash", "lz4_encode", "lz4_decode", "bzip2_encode", "bzip2_decode"];
const FOLDER = new URL("../src/stream/wasm/", import.meta.url);
const LINE_WIDTH = "120";

const sources = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name.endsWith(".as")).sort();
for (const name of sources) {
  const file = new URL(name, FOLDER);
  await Deno.writeTextFile(file, await formatted(await Deno.readTextFile(file)));
}
const hash = await hashOf(sources);
const work = await Deno.makeTempDir();
try {
  for (const name of sources) await Deno.copyFile(new URL(name, FOLDER), `${work}/${name.replace(".as", ".ts")}`);
  for (const name of MODULES) {
    await Deno.writeTextFile(new URL(`${name}.ts`, FOLDER), wrapped(name, await compiled(name)));
  }
} finally {
  await Deno.remove(work, { recursive: true });
}

async function compiled(name: string): Promise<Uint8Array> {
  const options = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "-o", `${name}.wasm`];
  const args = ["run", "-A", "--quiet", "--no-lock", "--no-config", COMPILER, `${name}.ts`, ...options];
  const { success } = await new Deno.Command(Deno.execPath(), { args, cwd: work }).spawn().status;
  if (!success) throw new Error(`the compiler refused ${name}.as`);
  return await Deno.readFile(`${work}/${name}.wasm`);
}

/** The module as TypeScript. */
function wrapped(name: string, module: Uint8Array): string {
  return `// Made by scripts/wasm.ts from ${name}.as; not to be edited.

/** SHA-256 of all sources; a test sees by it when somebody forgot to run the script. */
export const SOURCE_HASH: string = "${hash}";

/** The compiled module in base64. */
export const MODULE: string =
  "${module.toBase64()}";
`;
}

/** SHA-256 over the sources one behind the other, in the order of their names. */
async function hashOf(names: string[]): Promise<string> {
  const texts = await Promise.all(names.map((name) => Deno.readTextFile(new URL(name, FOLDER))));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(texts.join("")))).toHex();
}

async function formatted(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--line-width", LINE_WIDTH, "--ext", "ts", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("deno fmt refused the source");
  return new TextDecoder().decode(stdout);
}
