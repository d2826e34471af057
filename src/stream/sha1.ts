import type { Chunk } from "./chunk.ts";
import type { Stage } from "./stage.ts";

/** Hashes the bytes that pass. */
export async function sha1Stage(): Promise<Stage> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha1");
  let digest: string | undefined;
  return {
    push(chunk, emit) {
      hash.update(chunk);
      emit(chunk);
    },
    flush() {
      digest = hash.digest("hex");
    },
    result: () => ({ stage: "sha1", value: digest! }),
  };
}

/**
 * SHA-1 (hex) of bytes that are all in memory. For archive-push and archive-get of segments up to 64 MiB: it loads no
 * `node:` module, which costs more than hashing a segment does; anything bigger goes through the stage.
 */
export async function sha1Once(bytes: Chunk): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes)).toHex();
}
