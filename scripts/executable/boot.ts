import type { Module } from "./link.ts";

/** Where the text of a module stands in the executable, in bytes. */
export interface StoredModule {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly imports: readonly number[];
}

/** What the boot module tells the program about its environment (src/process/self.ts reads it). */
export interface EnvironmentFacts {
  /** Variable that carries argv[0]. */
  readonly calledAs: string;
  /** Variable that carries HOME, where the user had one. */
  readonly home: string;
  /** Variables set for Deno, with their values. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What the boot module must know. */
export interface BootOptions extends EnvironmentFacts {
  /** Name of the module that starts the program. */
  readonly main: string;
}

/** Exit status of a program that cannot even start. PostgreSQL takes any up to 125 of archive-get for "no more WAL". */
const BROKEN_STATUS = 200;

/** Lays modules out one behind the other from an offset of the file on. */
export function storeModules(
  modules: readonly Module[],
  offset: number,
): { stored: StoredModule[]; bytes: Uint8Array } {
  const texts = modules.map(({ text }) => new TextEncoder().encode(text));
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + text.length, 0));
  let at = 0;
  const stored = modules.map(({ name, imports }, index) => {
    const text = texts[index] ?? new Uint8Array();
    const module = { name, offset: offset + at, size: text.length, imports };
    bytes.set(text, at);
    at += text.length;
    return module;
  });
  return { stored, bytes };
}

/** Specifier of the module `deno run` is started with. */
export function bootSpecifier(modules: readonly StoredModule[], options: BootOptions): string {
  return "data:text/javascript," + encodeURIComponent(bootText(modules, options));
}

/**
 * Text of the boot module. It reads modules out of the executable when they are needed (the file stays open: an upgrade
 * may replace it meanwhile) and runs each once, dependencies first. Modules of the platform are remembered as well: to
 * find out once more which one is meant, Deno would each time take this whole text apart, which is the name of the
 * importing module. A worker's messages are held until the program runs: Deno drops those that come before there is
 * somebody to hear them.
 */
function bootText(modules: readonly StoredModule[], options: BootOptions): string {
  const table = modules.map(({ name, offset, size, imports }) => [name, offset, size, imports]);
  return `const path = Deno.execPath(), file = Deno.openSync(path), running = [];
const table = ${JSON.stringify(table)};
function read(offset, size) {
  const bytes = new Uint8Array(size);
  file.seekSync(offset, 0);
  for (let at = 0; at < size;) {
    const count = file.readSync(bytes.subarray(at));
    if (!count) throw new Error("The executable ends too early: " + path);
    at += count;
  }
  return new TextDecoder().decode(bytes);
}
async function run([, offset, size, imports]) {
  const needed = [];
  for (const index of imports) needed.push(await instance(index));
  return (0, eval)(read(offset, size))(import.meta, ...needed);
}
const instance = (index) => running[index] ??= run(table[index]);
const places = new Map(table.map(([name], index) => [name, index])), platform = new Map();
function load(name) {
  const place = places.get(name);
  if (place !== undefined) return instance(place);
  if (!platform.has(name)) platform.set(name, import(name));
  return platform.get(name);
}
const { calledAs, home, environment } = ${JSON.stringify(options)};
globalThis[Symbol.for("pg_backrest.embedded")] =
  { entry: import.meta.url, path, calledAs, home, environment, load };
const inWorker = "WorkerGlobalScope" in globalThis, held = [];
const hold = (event) => { event.stopImmediatePropagation(); held.push(event); };
if (inWorker) addEventListener("message", hold);
try {
  await load(${JSON.stringify(options.main)});
} catch (error) {
  if (inWorker) throw error;
  Deno.stderr.writeSync(new TextEncoder().encode(error.stack + "\\n"));
  Deno.exit(${BROKEN_STATUS});
}
if (inWorker) removeEventListener("message", hold);
for (const { data, ports } of held) dispatchEvent(new MessageEvent("message", { data, ports: [...ports] }));
`;
}
