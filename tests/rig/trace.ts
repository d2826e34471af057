import { type Ended, run, type RunOptions } from "./program.ts";

/** A system call that succeeded. */
export interface SystemCall {
  name: string;
  /** The file it is about, absolute; of a rename the new name. */
  path: string;
}

/** What a program did with files, in the order in which calls that make durable ended and all others began. */
export interface Trace {
  ended: Ended;
  calls: SystemCall[];
}

/** The calls that decide what survives a power failure. */
const CALLS = ["fsync", "fdatasync", "rename", "renameat", "renameat2", "mkdir", "link", "symlink", "unlink"];

/** Runs a program under strace and tells what it did with files. `output` is a file for strace, removed again. */
export async function traced(words: string[], output: string, options: RunOptions = {}): Promise<Trace> {
  const ended = await run("/usr/bin/strace", [
    "-f",
    "--seccomp-bpf",
    "-y",
    "-qqq",
    "-o",
    output,
    "-e",
    CALLS.join(),
    ...words,
  ], options);
  const text = await Deno.readTextFile(output);
  await Deno.remove(output);
  return { ended, calls: parse(text) };
}

/** A thread's call is cut in two when another thread says something in between. */
function parse(text: string): SystemCall[] {
  const open = new Map<string, string>();
  const calls: SystemCall[] = [];
  for (const line of text.split("\n")) {
    const [, thread, rest] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (thread === undefined || rest === undefined) continue;
    if (rest.endsWith("<unfinished ...>")) {
      open.set(thread, rest);
      continue;
    }
    const [, resumed] = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest) ?? [];
    const call = parseCall(resumed === undefined ? rest : open.get(thread)!.replace("<unfinished ...>", "") + resumed);
    if (call !== undefined) calls.push(call);
  }
  return calls;
}

function parseCall(text: string): SystemCall | undefined {
  const [, name, args] = /^(\w+)\((.*)\) += 0$/.exec(text) ?? [];
  if (name === undefined || args === undefined) return undefined;
  const path = name.endsWith("sync")
    ? /<(.*)>/.exec(args)?.[1]
    : args.match(/"(?:[^"\\]|\\.)*"/g)?.at(-1)?.slice(1, -1);
  return path === undefined ? undefined : { name: name.replace(/at2?$/, ""), path };
}

/** Position of the first call from `from` on that fits; an error when there is none. */
export function positionOf(trace: Trace, name: string, path: string | RegExp, from: number = 0): number {
  const fits = (found: string) => typeof path === "string" ? found === path : path.test(found);
  const at = trace.calls.findIndex((call, i) => i >= from && call.name === name && fits(call.path));
  if (at >= 0) return at;
  const shown = trace.calls.slice(from).map((call) => `${call.name} ${call.path}`).join("\n");
  throw new Error(`no ${name} of ${path} after call ${from} among:\n${shown}\n${trace.ended.stdout}`);
}

/** Error unless the calls were made in this order, others between them or not. */
export function checkOrder(trace: Trace, steps: readonly (readonly [name: string, path: string | RegExp])[]): void {
  let from = 0;
  for (const [name, path] of steps) from = positionOf(trace, name, path, from) + 1;
}
