import type { Stage } from "./stage.ts";

/** Counts the bytes that pass. */
export function countStage(): Stage {
  let bytes = 0;
  return {
    push(chunk, emit) {
      bytes += chunk.length;
      emit(chunk);
    },
    flush() {},
    result: () => ({ stage: "count", value: bytes }),
  };
}
