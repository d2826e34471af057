import { fail } from "../../error.ts";
import type { Chunk } from "../../storage/storage.ts";
import { VERSION } from "../../version.ts";
import { quoteJson } from "../json.ts";
import { decodeRaw, encodeRaw, printable, RawEncoder } from "../raw_text.ts";
import { ChecksumText } from "./checksum_text.ts";
import { REPOSITORY_FORMAT } from "./container_read.ts";
import { joinBytes, type TextHash } from "./text_hash.ts";

/** What we write as `backrest-version`; it must differ from the peer's, which would resume our partial backups. */
export const WRITER: string = `pg_backrest ${VERSION}`;

/** Sections in byte order of their names, each with its lines in order; a section without a line is left out. */
export type InfoSections = Iterable<{ name: string; entries: Iterable<InfoEntry> }>;

/** A line: the key as text or bytes, the value as JSON text. */
export interface InfoEntry {
  key: string | Uint8Array;
  value: string;
}

const PIECE_SIZE = 256 * 1024;
const LF = encodeRaw("\n");
const EQUALS = encodeRaw("=");

/**
 * An info file in pieces of about 256 KiB, with its first and its checksum section. `writer` stands in for ourselves
 * where a file is to keep the version it came with.
 */
export async function* infoPieces(
  sections: InfoSections,
  { hash, writer = WRITER }: { hash: TextHash; writer?: string },
): AsyncGenerator<Chunk> {
  const out = new PieceBuffer();
  const text = new ChecksumText(hash);
  const values = new RawEncoder();
  const container = [
    { key: "backrest-format", value: String(REPOSITORY_FORMAT) },
    { key: "backrest-version", value: quoteJson(writer) },
  ];
  for (const section of withFirst({ name: "backrest", entries: container }, sections)) {
    let name: Uint8Array | undefined;
    for (const entry of section.entries) {
      if (name === undefined) {
        name = encodeRaw(section.name);
        out.put(encodeRaw(`${section.name === "backrest" ? "" : "\n"}[${section.name}]\n`));
      }
      const key = typeof entry.key === "string" ? encodeRaw(entry.key) : entry.key;
      const value = values.encode(entry.value);
      checkKey(key);
      out.put(key, EQUALS, value, LF);
      text.add(name, { key, value });
      yield* out.full();
    }
  }
  out.put(encodeRaw(`\n[backrest]\nbackrest-checksum="${await text.digest()}"\n`));
  yield* out.rest();
}

/** A small info file as one piece. */
export async function infoBytes(
  sections: InfoSections,
  options: { hash: TextHash; writer?: string },
): Promise<Chunk> {
  const pieces: Chunk[] = [];
  for await (const piece of infoPieces(sections, options)) pieces.push(piece);
  return pieces.length === 1 ? pieces[0]! : joinBytes(pieces);
}

/** A line feed in a key would make the file unreadable for ever. */
function checkKey(key: Uint8Array): void {
  if (key.length === 0) fail("format", "unable to store a key that is empty");
  if (key.includes(0x0a)) fail("format", `unable to store '${printable(decodeRaw(key))}': the name holds a line feed`);
}

/** Collects bytes into pieces; a piece is never touched again once it was taken. */
class PieceBuffer {
  #piece = new Uint8Array(PIECE_SIZE);
  #used = 0;
  #full: Chunk[] = [];

  put(...parts: Uint8Array[]): void {
    for (const part of parts) {
      let from = 0;
      while (from < part.length) {
        const taken = Math.min(part.length - from, PIECE_SIZE - this.#used);
        this.#piece.set(part.subarray(from, from + taken), this.#used);
        this.#used += taken;
        from += taken;
        if (this.#used === PIECE_SIZE) this.#turn();
      }
    }
  }

  *full(): Generator<Chunk> {
    if (this.#full.length === 0) return;
    const full = this.#full;
    this.#full = [];
    yield* full;
  }

  *rest(): Generator<Chunk> {
    yield* this.full();
    if (this.#used > 0) yield this.#piece.slice(0, this.#used);
  }

  #turn(): void {
    this.#full.push(this.#piece);
    this.#piece = new Uint8Array(PIECE_SIZE);
    this.#used = 0;
  }
}

function* withFirst<T>(first: T, rest: Iterable<T>): Generator<T> {
  yield first;
  yield* rest;
}
