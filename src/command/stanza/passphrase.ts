import { keyHandle, readKeyHandle } from "../../repository/key_handle.ts";
import type { Repository } from "../../repository/repository.ts";
import type { KeyRef } from "../../stream/stage.ts";

/** A passphrase for the next level of an encrypted repository: 48 random bytes in base64, 64 characters, used as text. */
export function newPassphrase(): string {
  return crypto.getRandomValues(new Uint8Array(48)).toBase64();
}

/** A new passphrase for an encrypted repository, or what stands for the one that its host will make. */
export function newKey({ passphrase }: Repository, ref: KeyRef): string {
  const elsewhere = passphrase !== undefined && readKeyHandle(passphrase) !== undefined;
  return elsewhere ? keyHandle(ref) : newPassphrase();
}
