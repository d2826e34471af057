import { CHUNK_SIZE } from "./chunk.ts";
import type { Emit, Stage } from "./stage.ts";
import { MODULE } from "./wasm/lz4_encode.ts";
import { WasmPool } from "./wasm_pool.ts";

interface EncodeModule {
  memory: { readonly buffer: ArrayBuffer };
  output: { readonly value: number };
  begin(level: number, checksum: boolean): void;
  /** Address for the next input, at most 1 MiB. */
  room(): number;
  /** Compresses what was put there; returns the bytes of output that wait. */
  add(size: number): number;
  end(): number;
  taken(): void;
}

const POOL = new WasmPool<EncodeModule>(MODULE);

/** The module keeps this much finished output for us, so that small pieces become one chunk. */
const OUTPUT_KEPT = 64 * 1024;

/**
 * Compresses to one LZ4 frame: linked blocks of 64 KiB, no content size, a content checksum unless `raw`. Level -5 to 12;
 * negative levels are faster than 1, from 3 on matches are searched thoroughly.
 */
export function lz4Stage(form: { level: number; raw: boolean }): Stage {
  const module = POOL.take();
  const memory = new Uint8Array(module.memory.buffer);
  const output = module.output.value;
  let closed = false;
  module.begin(form.level, !form.raw);

  const take = (size: number, emit: Emit) => {
    for (let at = 0; at < size; at += CHUNK_SIZE) {
      emit(memory.slice(output + at, output + Math.min(at + CHUNK_SIZE, size)));
    }
    module.taken();
  };
  return {
    push(chunk, emit) {
      memory.set(chunk, module.room());
      const made = module.add(chunk.length);
      if (made >= OUTPUT_KEPT) take(made, emit);
    },
    flush: (emit) => take(module.end(), emit),
    close() {
      if (!closed) POOL.give(module);
      closed = true;
    },
  };
}
