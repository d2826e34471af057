/** SHA-1 of a text that comes in pieces. */
export interface TextHash {
  /** Adds bytes; they may be changed by the caller as soon as this returns. */
  update(bytes: Uint8Array): void;
  /** The hash as 40 lower-case hex digits; ends the hash. */
  digest(): Promise<string>;
}

/** Hash for small files: keeps the text and hashes it in one call. Needs no `node:` module, so it is cheap at start-up. */
export function smallHash(): TextHash {
  const pieces: Uint8Array[] = [];
  return {
    update: (bytes) => void pieces.push(bytes.slice()),
    digest: async () => new Uint8Array(await crypto.subtle.digest("SHA-1", joinBytes(pieces))).toHex(),
  };
}

/** Hash for files of any size: keeps nothing. Loads `node:crypto`, which costs a start some 50 ms. */
export async function streamHash(): Promise<TextHash> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha1");
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => Promise.resolve(hash.digest("hex")),
  };
}

/** Pieces as one. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
