/**
 * The few instructions that run before the entry of the patched `deno`: they set the environment, leave a current folder
 * that was removed (Deno would not start there), slip our own arguments in behind argv[0], and jump to the original
 * entry. The stack is as the kernel (System V ABI) left it:
 * argc, argv[0] to argv[argc - 1], null, the environment.
 */
import { encodeAarch64 } from "./aarch64.ts";
import type { Plan, Slots, Step } from "./plan.ts";
import { residentClient } from "./resident_client.ts";
import { encodeX86 } from "./x86_64.ts";

/** What the program is to be started with. The environment is changed in the order of the fields. */
export interface Launch {
  readonly args: readonly string[];
  /** Removed from the environment. */
  readonly unset: readonly string[];
  /** Kept under another name, where it is set at all. */
  readonly copy: Readonly<Record<string, string>>;
  /** Set in any case. */
  readonly set: Readonly<Record<string, string>>;
  /** Set where the user has not. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Variable that is to carry argv[0]. */
  readonly calledAs: string;
}

/** Facts about the executable that `buildSegment` needs. */
export interface Target {
  readonly machine: "x86_64" | "aarch64";
  /** Address the segment is loaded at. */
  readonly address: number;
  readonly entry: number;
  readonly slots: Slots;
}

const ENCODERS: Readonly<Record<Target["machine"], (plan: Plan) => Uint8Array>> = {
  x86_64: encodeX86,
  aarch64: encodeAarch64,
};

/** Bytes of the segment (all strings, the client of resident_client.ts, the code) and the address of its first instruction. */
export function buildSegment(launch: Launch, target: Target): { bytes: Uint8Array; start: number } {
  if (launch.args.length % 2 !== 0) throw new Error("The number of arguments must be even to keep the stack aligned");
  const strings = new Strings(target.address);
  const steps = listSteps(launch, (text) => strings.add(text));
  const args = launch.args.map((text) => strings.add(text));
  const head = strings.bytes();
  const start = target.address + head.length;
  const client = residentClient(target.machine);
  const code = ENCODERS[target.machine]({ ...target, start: start + client.length, steps, args });
  const bytes = new Uint8Array(head.length + client.length + code.length);
  bytes.set(head);
  bytes.set(client, head.length);
  bytes.set(code, head.length + client.length);
  return { bytes, start };
}

function listSteps(launch: Launch, at: (text: string) => number): Step[] {
  const set = (keep: boolean) => ([name, value]: [string, string]): Step => (
    { action: "set", name: at(name), value: at(value), keep }
  );
  return [
    ...launch.unset.map((name): Step => ({ action: "unset", name: at(name) })),
    ...Object.entries(launch.copy).map(([name, to]): Step => ({ action: "copy", name: at(name), to: at(to) })),
    ...Object.entries(launch.set).map(set(false)),
    ...Object.entries(launch.defaults).map(set(true)),
    { action: "set", name: at(launch.calledAs), value: "argv0", keep: false },
    { action: "leaveRemoved", folder: at("/") },
  ];
}

/** Strings one behind the other from an address on, padded to the 16 bytes that code likes. */
class Strings {
  #parts: Uint8Array[] = [];
  #size = 0;
  readonly #address: number;

  constructor(address: number) {
    this.#address = address;
  }

  add(text: string): number {
    const bytes = new TextEncoder().encode(text + "\0");
    if (bytes.indexOf(0) !== bytes.length - 1) throw new Error(`A zero byte is inside "${text}"`);
    const address = this.#address + this.#size;
    this.#parts.push(bytes);
    this.#size += bytes.length;
    return address;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(Math.ceil(this.#size / 16) * 16);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
