/** A passphrase for the next level of an encrypted repository: 48 random bytes in base64, 64 characters, used as text. */
export function newPassphrase(): string {
  return crypto.getRandomValues(new Uint8Array(48)).toBase64();
}
