import { CHUNK_SIZE } from "./chunk.ts";
import type { Emit, Stage } from "./stage.ts";
import { MODULE } from "./wasm/bzip2_encode.ts";
import { WasmPool } from "./wasm_pool.ts";

interface EncodeModule {
  memory: { readonly buffer: ArrayBuffer };
  /** Addresses of 1 MiB for input and of the finished output. */
  input: { readonly value: number };
  output: { readonly value: number };
  begin(level: number): void;
  add(size: number): void;
  /** Compresses the next block if it is full; returns the bytes of output that wait, 0 when the input is used up. */
  step(): number;
  finish(): number;
  taken(): void;
}

const POOL = new WasmPool<EncodeModule>(MODULE);

/** Compresses to one bzip2 stream. Level 1 to 9. */
export function bzip2Stage(level: number): Stage {
  const module = POOL.take();
  const memory = new Uint8Array(module.memory.buffer);
  const output = module.output.value;
  let closed = false;
  module.begin(level);

  const take = (size: number, emit: Emit) => {
    for (let at = 0; at < size; at += CHUNK_SIZE) {
      emit(memory.slice(output + at, output + Math.min(at + CHUNK_SIZE, size)));
    }
    module.taken();
  };
  return {
    push(chunk, emit) {
      memory.set(chunk, module.input.value);
      module.add(chunk.length);
      for (let made = module.step(); made > 0; made = module.step()) take(made, emit);
    },
    flush: (emit) => take(module.finish(), emit),
    close() {
      if (!closed) POOL.give(module);
      closed = true;
    },
  };
}
