import { type Chunk, CHUNK_SIZE, joinChunks } from "./chunk.ts";
import { BLOCK_SIZE, type CipherKey, deriveKey, MAGIC, SALT_SIZE } from "./cipher_key.ts";
import type { Emit, Stage } from "./stage.ts";

/**
 * Encrypts with aes-256-cbc: salt, then the data with PKCS#7 padding; in front of it `Salted__` unless `raw`. The salt is
 * random unless a test gives one.
 */
export function encryptStage(passphrase: Chunk, form: { raw: boolean; salt?: Chunk }): Stage {
  const salt = form.salt ?? crypto.getRandomValues(new Uint8Array(SALT_SIZE));
  let head: Chunk[] = form.raw ? [salt] : [MAGIC, salt];
  let chain: CipherKey | undefined;
  let waiting: Chunk[] = [];
  let size = 0;

  /** The platform pads whatever it encrypts; only at the end is that wanted. */
  const encrypt = async (data: Chunk, emit: Emit, last: boolean) => {
    chain ??= await deriveKey(passphrase, salt);
    const padded = new Uint8Array(
      await crypto.subtle.encrypt({ name: "AES-CBC", iv: chain.iv }, chain.key, data),
    );
    const body = last ? padded : padded.subarray(0, data.length);
    chain.iv = body.slice(-BLOCK_SIZE);
    emit(joinChunks([...head, body]));
    head = [];
  };

  return {
    push(chunk, emit) {
      waiting.push(chunk);
      size += chunk.length;
      if (size < CHUNK_SIZE) return;
      const data = joinChunks(waiting);
      const whole = size - size % BLOCK_SIZE;
      waiting = whole === size ? [] : [data.subarray(whole)];
      size -= whole;
      return encrypt(data.subarray(0, whole), emit, false);
    },
    flush: (emit) => encrypt(joinChunks(waiting), emit, true),
  };
}
