import type { Stage } from "./stage.ts";

/** Lets the first `bytes` bytes pass and drops the rest (a file that grew since it was listed). */
export function limitStage(bytes: number): Stage {
  let left = bytes;
  return {
    push(chunk, emit) {
      emit(chunk.length <= left ? chunk : chunk.subarray(0, left));
      left -= Math.min(left, chunk.length);
    },
    flush() {},
  };
}
