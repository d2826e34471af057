import type { Plan, Step } from "./plan.ts";

/** Encodes the trampoline for x86-64. rdx (the loader's exit function) must reach the entry unchanged. */
export function encodeX86(plan: Plan): Uint8Array {
  const code = new Code(plan.start);
  code.put([0x52]); // push rdx
  code.put([0x48, 0x83, 0xec, 0x08]); // sub rsp, 8: calls want the stack at a multiple of 16
  for (const step of plan.steps) encodeStep(code, plan, step);
  code.put([0x48, 0x83, 0xc4, 0x08]); // add rsp, 8
  code.put([0x5a]); // pop rdx
  encodeArguments(code, plan);
  code.relative([0xe9], plan.entry); // jmp entry
  return code.bytes();
}

function encodeStep(code: Code, { slots }: Plan, step: Step): void {
  const call = (slot: number) => code.relative([0xff, 0x15], slot);
  if (step.action === "leaveRemoved") {
    code.put([0x31, 0xff, 0x31, 0xf6]); // xor edi, edi; xor esi, esi
    call(slots.getcwd);
    code.put([0x48, 0x85, 0xc0]); // test rax, rax
    code.put([0x75, 13]); // jnz behind the call of chdir
    code.relative([0x48, 0x8d, 0x3d], step.folder); // lea rdi, [folder]
    return call(slots.chdir);
  }
  code.relative([0x48, 0x8d, 0x3d], step.name); // lea rdi, [name]
  if (step.action === "unset") return call(slots.unsetenv);
  if (step.action === "copy") {
    call(slots.getenv);
    code.put([0x48, 0x85, 0xc0]); // test rax, rax
    code.put([0x74, 21]); // jz behind the call of setenv
    code.relative([0x48, 0x8d, 0x3d], step.to); // lea rdi, [to]
    code.put([0x48, 0x89, 0xc6]); // mov rsi, rax
  } else if (step.value === "argv0") code.put([0x48, 0x8b, 0x74, 0x24, 24]); // mov rsi, [rsp + 24]
  else code.relative([0x48, 0x8d, 0x35], step.value); // lea rsi, [value]
  code.put([0xba, step.action === "set" && step.keep ? 0 : 1, 0, 0, 0]); // mov edx, overwrite
  call(slots.setenv);
}

/** Lowers the stack, writes the new argc, argv[0] and our own arguments; the user's stay where they are. */
function encodeArguments(code: Code, plan: Plan): void {
  const count = plan.args.length;
  code.put([0x48, 0x8b, 0x04, 0x24]); // mov rax, [rsp]: argc
  code.put([0x48, 0x8b, 0x4c, 0x24, 8]); // mov rcx, [rsp + 8]: argv[0]
  code.put([0x48, 0x81, 0xec, ...int32(count * 8)]); // sub rsp, 8 * count
  code.put([0x48, 0x05, ...int32(count)]); // add rax, count
  code.put([0x48, 0x89, 0x04, 0x24]); // mov [rsp], rax
  code.put([0x48, 0x89, 0x4c, 0x24, 8]); // mov [rsp + 8], rcx
  plan.args.forEach((address, index) => {
    code.relative([0x48, 0x8d, 0x05], address); // lea rax, [argument]
    code.put([0x48, 0x89, 0x84, 0x24, ...int32(16 + index * 8)]); // mov [rsp + 16 + 8 * index], rax
  });
}

/** Instructions one behind the other from an address on. */
class Code {
  #bytes: number[] = [];
  readonly #start: number;

  constructor(start: number) {
    this.#start = start;
  }

  put(bytes: readonly number[]): void {
    this.#bytes.push(...bytes);
  }

  /** An instruction that ends in a 32-bit distance from its own end to an address. */
  relative(opcode: readonly number[], address: number): void {
    const end = this.#start + this.#bytes.length + opcode.length + 4;
    this.put([...opcode, ...int32(address - end)]);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

function int32(value: number): number[] {
  if (value < -(2 ** 31) || value >= 2 ** 31) throw new RangeError(`${value} does not fit 32 bits`);
  return [value & 0xff, value >> 8 & 0xff, value >> 16 & 0xff, value >> 24 & 0xff];
}
