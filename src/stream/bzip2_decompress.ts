import { failDamaged, failTrailing, failTruncated } from "./damage.ts";
import type { Stage } from "./stage.ts";
import { MODULE } from "./wasm/bzip2_decode.ts";
import { WasmPool } from "./wasm_pool.ts";

interface DecodeModule {
  memory: { readonly buffer: ArrayBuffer };
  output: { readonly value: number };
  begin(): void;
  /** Address for the next input, at most 1 MiB. */
  room(): number;
  add(size: number): void;
  /** Bytes of output made, 0 when the input is used up, else what is wrong. */
  step(): number;
  /** Bytes of input used. */
  offset(): number;
  /** Whether the input stops behind a stream. */
  ended(): boolean | number;
}

const POOL = new WasmPool<DecodeModule>(MODULE);

/** What `step` answers when no further stream begins where one has ended, or none at all. */
const NO_STREAM = -1;

const REASONS: Record<number, string> = {
  [-2]: "block contradicts itself",
  [-3]: "wrong checksum",
  [-4]: "randomised block of a bzip2 before 0.9.5",
};

/** Decompresses bzip2 streams one behind the other; error 29 for anything else and for less. */
export function unbzip2Stage(): Stage {
  const module = POOL.take();
  const memory = new Uint8Array(module.memory.buffer);
  const output = module.output.value;
  let taken = 0;
  let closed = false;
  module.begin();
  return {
    push(chunk) {
      memory.set(chunk, module.room());
      module.add(chunk.length);
      taken += chunk.length;
    },
    more(emit) {
      const made = module.step();
      if (made === NO_STREAM && module.offset() > 0) failTrailing("bz2", module.offset());
      if (made < 0) failDamaged("bz2", module.offset(), REASONS[made] ?? "no bz2 stream");
      if (made > 0) emit(memory.slice(output, output + made));
      return made > 0;
    },
    flush() {
      if (!module.ended()) failTruncated("bz2", taken);
    },
    close() {
      if (!closed) POOL.give(module);
      closed = true;
    },
  };
}
