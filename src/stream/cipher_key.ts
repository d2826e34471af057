import { type Chunk, joinChunks } from "./chunk.ts";

/** What stands in front of the salt, except in the raw form. */
export const MAGIC: Chunk = new TextEncoder().encode("Salted__");

/** Bytes of salt. */
export const SALT_SIZE = 8;

/** Bytes of a cipher block and of an initialisation vector. */
export const BLOCK_SIZE = 16;

/** Key of aes-256-cbc and the vector the first block is chained to. */
export interface CipherKey {
  key: CryptoKey;
  iv: Chunk;
}

/**
 * Key and vector from a passphrase as OpenSSL's EVP_BytesToKey makes them with SHA-1 and one round: what
 * `openssl enc -aes-256-cbc -md sha1 -k` does.
 */
export async function deriveKey(passphrase: Chunk, salt: Chunk): Promise<CipherKey> {
  const material = await deriveBytes(passphrase, salt);
  const usages: KeyUsage[] = ["encrypt", "decrypt"];
  const key = await crypto.subtle.importKey("raw", material.subarray(0, 32), "AES-CBC", false, usages);
  return { key, iv: material.slice(32, 32 + BLOCK_SIZE) };
}

/** 32 bytes of key followed by 16 of the vector (and 12 that are not used). */
export async function deriveBytes(passphrase: Chunk, salt: Chunk): Promise<Chunk> {
  const digests: Chunk[] = [];
  for (let i = 0; i < 3; i++) {
    const input = joinChunks([...digests.slice(-1), passphrase, salt]);
    digests.push(new Uint8Array(await crypto.subtle.digest("SHA-1", input)));
  }
  return joinChunks(digests);
}
