import { fail } from "../error.ts";
import { type Chunk, CHUNK_SIZE, joinChunks } from "./chunk.ts";
import { BLOCK_SIZE, type CipherKey, deriveKey, MAGIC, SALT_SIZE } from "./cipher_key.ts";
import type { Emit, Stage } from "./stage.ts";

/** Decrypts what {@linkcode encryptStage} makes. Error 95: no header, cut short, wrong passphrase or damaged data. */
export function decryptStage(passphrase: Chunk, form: { raw: boolean }): Stage {
  const headSize = (form.raw ? 0 : MAGIC.length) + SALT_SIZE;
  let chain: CipherKey | undefined;
  let waiting: Chunk[] = [];
  let size = 0;
  let offset = 0;

  /** Everything waiting as one buffer, the header taken off and turned into the key when it is the first. */
  const gather = async (): Promise<Chunk> => {
    const data = joinChunks(waiting);
    waiting = [];
    size = 0;
    if (chain !== undefined) return data;
    if (data.length < headSize) fail("crypto", "cipher header missing");
    if (!form.raw && MAGIC.some((byte, i) => byte !== data[i])) fail("crypto", "cipher header invalid");
    chain = await deriveKey(passphrase, data.slice(headSize - SALT_SIZE, headSize));
    return data.subarray(headSize);
  };
  const decryptMiddle = async (emit: Emit) => {
    const data = await gather();
    // The last block waits: only the end of the data tells whether it is padding.
    const whole = Math.max(0, Math.ceil(data.length / BLOCK_SIZE) - 1) * BLOCK_SIZE;
    waiting = [data.subarray(whole)];
    size = data.length - whole;
    if (whole === 0) return;
    const middle = data.subarray(0, whole);
    emit(await decrypt(chain!, joinChunks([middle, await paddingAfter(chain!.key, middle)])));
    chain!.iv = middle.slice(-BLOCK_SIZE);
  };

  return {
    push(chunk, emit) {
      waiting.push(chunk);
      size += chunk.length;
      offset += chunk.length;
      if (size >= CHUNK_SIZE) return decryptMiddle(emit);
    },
    async flush(emit) {
      const data = await gather();
      if (data.length === 0 || data.length % BLOCK_SIZE !== 0) {
        fail("crypto", `unable to decrypt: data ends at offset ${offset} inside a cipher block`, {
          hint: "the stored file was cut short",
        });
      }
      emit(await decrypt(chain!, data));
    },
  };
}

/** The block that, put behind `data`, decrypts to nothing but padding, which the platform insists on. */
async function paddingAfter(key: CryptoKey, data: Chunk): Promise<Chunk> {
  const iv = data.slice(-BLOCK_SIZE);
  return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CBC", iv }, key, new Uint8Array(0)));
}

async function decrypt(chain: CipherKey, data: Chunk): Promise<Chunk> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv: chain.iv }, chain.key, data));
  } catch (cause) {
    fail("crypto", "unable to decrypt: the passphrase is wrong or the data is damaged", { cause });
  }
}
