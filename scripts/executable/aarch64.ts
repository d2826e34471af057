import type { Plan, Step } from "./plan.ts";

const SP = 31;
const LINK = 30;

/** Encodes the trampoline for aarch64. x0 (the loader's exit function) must reach the entry unchanged. */
export function encodeAarch64(plan: Plan): Uint8Array {
  const words: number[] = [];
  const here = () => plan.start + words.length * 4;
  words.push(0xa9bf0000 | LINK << 10 | SP << 5); // stp x0, x30, [sp, #-16]!
  for (const step of plan.steps) encodeStep(words, here, plan, step);
  words.push(0xa8c10000 | LINK << 10 | SP << 5); // ldp x0, x30, [sp], #16
  encodeArguments(words, here, plan);
  words.push(0x14000000 | fit(plan.entry - here(), 28) >> 2 & 0x3ffffff); // b entry
  return littleEndian(words);
}

function encodeStep(words: number[], here: () => number, { slots }: Plan, step: Step): void {
  const call = (slot: number) => {
    words.push(adrp(16, slot, here()), load(16, 16, slot & 0xfff), 0xd63f0000 | 16 << 5); // blr x16
  };
  if (step.action === "leaveRemoved") {
    words.push(0xd2800000, 0xd2800001); // mov x0, #0; mov x1, #0
    call(slots.getcwd);
    words.push(0xb5000000 | 5 << 5); // cbnz x0, behind the call of chdir
    words.push(adr(0, step.folder - here()));
    return call(slots.chdir);
  }
  words.push(adr(0, step.name - here()));
  if (step.action === "unset") return call(slots.unsetenv);
  if (step.action === "copy") {
    call(slots.getenv);
    words.push(0xb4000000 | 7 << 5); // cbz x0, behind the call of setenv
    words.push(0xaa0003e1); // mov x1, x0
    words.push(adr(0, step.to - here()));
  } else if (step.value === "argv0") words.push(load(1, SP, 24)); // above the two saved registers and argc
  else words.push(adr(1, step.value - here()));
  words.push(0x52800002 | (step.action === "set" && step.keep ? 0 : 1) << 5); // mov w2, #overwrite
  call(slots.setenv);
}

/** Lowers the stack, writes the new argc, argv[0] and our own arguments; the user's stay where they are. */
function encodeArguments(words: number[], here: () => number, plan: Plan): void {
  const count = plan.args.length;
  words.push(load(9, SP, 0), load(10, SP, 8));
  words.push(0xd1000000 | fit(count * 8, 13) << 10 | SP << 5 | SP); // sub sp, sp, #8 * count
  words.push(0x91000000 | count << 10 | 9 << 5 | 9); // add x9, x9, #count
  words.push(store(9, SP, 0), store(10, SP, 8));
  plan.args.forEach((address, index) => words.push(adr(9, address - here()), store(9, SP, 16 + index * 8)));
}

function adr(register: number, distance: number): number {
  const value = fit(distance, 21);
  return 0x10000000 | (value & 3) << 29 | (value >> 2 & 0x7ffff) << 5 | register;
}

function adrp(register: number, address: number, here: number): number {
  const pages = fit(Math.floor(address / 4096) - Math.floor(here / 4096), 21);
  return 0x90000000 | (pages & 3) << 29 | (pages >> 2 & 0x7ffff) << 5 | register;
}

/** ldr register, [base, #offset]; the offset is a multiple of 8. */
function load(register: number, base: number, offset: number): number {
  return 0xf9400000 | offset / 8 << 10 | base << 5 | register;
}

/** str register, [base, #offset]; the offset is a multiple of 8. */
function store(register: number, base: number, offset: number): number {
  return 0xf9000000 | offset / 8 << 10 | base << 5 | register;
}

/** The value, checked to fit a signed field of that many bits. */
function fit(value: number, bits: number): number {
  const limit = 2 ** (bits - 1);
  if (value < -limit || value >= limit) throw new RangeError(`${value} does not fit ${bits} bits`);
  return value;
}

function littleEndian(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => view.setUint32(index * 4, word >>> 0, true));
  return bytes;
}
