/** A buffer that is handed on and then never touched again by the giver. */
export type Chunk = Uint8Array<ArrayBuffer>;

/** Bytes read, hashed and written at a time, and the most a stage puts into one chunk. */
export const CHUNK_SIZE: number = 256 * 1024;

/** The most bytes one call of a stage works on, so that whoever waits for a worker gets to be heard. */
export const PIECE_SIZE: number = 1024 * 1024;

/** The chunks as one buffer; a single chunk is returned as it is. */
export function joinChunks(chunks: readonly Chunk[]): Chunk {
  if (chunks.length === 1) return chunks[0]!;
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
