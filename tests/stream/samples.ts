import type { Chunk } from "../../src/stream/chunk.ts";
import { randomNumbers } from "../rig/dice.ts";

/** Bytes that compress badly. */
export function noise(size: number, seed: number): Chunk {
  const next = randomNumbers(seed);
  return Uint8Array.from({ length: size }, () => next() * 256);
}

/** Bytes with words, numbers, runs and a little noise, so that every part of a codec gets work. */
export function mixture(size: number, seed: number): Chunk {
  const next = randomNumbers(seed);
  const bytes = new Uint8Array(size);
  const words = ["checkpoint", "relation ", "base/16384/", "\0\0\0\0\0\0\0\0", "vacuum", "transaction\n"];
  const encoder = new TextEncoder();
  for (let at = 0; at < size;) {
    const kind = next();
    const piece = kind < 0.5
      ? encoder.encode(words[Math.floor(next() * words.length)])
      : kind < 0.7
      ? new Uint8Array(Math.floor(next() * 400)).fill(next() * 3)
      : kind < 0.9
      ? bytes.slice(Math.max(0, at - Math.floor(next() * 70_000)), at).subarray(0, 40)
      : noise(Math.floor(next() * 40), next() * 2 ** 32);
    bytes.set(piece.subarray(0, size - at), at);
    at += piece.length;
  }
  return bytes;
}

/** The bytes in pieces of random sizes, from one byte on. */
export function cutRandomly(bytes: Chunk, options: { seed: number; max: number }): Chunk[] {
  const next = randomNumbers(options.seed);
  const pieces: Chunk[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + Math.floor(next() ** 3 * options.max);
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}

export function concat(...parts: Uint8Array[]): Chunk {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function text(value: string): Chunk {
  return new TextEncoder().encode(value);
}

export function hex(value: string): Chunk {
  return Uint8Array.fromHex(value.replaceAll(/\s/g, ""));
}
