import { fail } from "../../error.ts";
import { compareBytes, decodeRaw } from "../raw_text.ts";
import { NumberColumn } from "./number_column.ts";

const ARENA_SIZE = 1 << 18;

/** A name per row as bytes, packed one behind the other in arenas of 256 KiB; a name never spans two. */
export class NameColumn {
  readonly #arenas: Uint8Array<ArrayBuffer>[] = [];
  readonly #places = new NumberColumn();
  readonly #lengths = new NumberColumn();
  #used = ARENA_SIZE;

  /** The bytes of a name; a view that must not be written to. */
  bytes(row: number): Uint8Array {
    const place = this.#places.get(row);
    const arena = this.#arenas[Math.floor(place / ARENA_SIZE)]!;
    const at = place % ARENA_SIZE;
    return arena.subarray(at, at + this.#lengths.get(row));
  }

  text(row: number): string {
    return decodeRaw(this.bytes(row));
  }

  set(row: number, name: Uint8Array): void {
    if (name.length > ARENA_SIZE) fail("format", `name of ${name.length} bytes is longer than ${ARENA_SIZE}`);
    if (this.#used + name.length > ARENA_SIZE) {
      this.#arenas.push(new Uint8Array(ARENA_SIZE));
      this.#used = 0;
    }
    const last = this.#arenas.length - 1;
    this.#arenas[last]!.set(name, this.#used);
    this.#places.set(row, last * ARENA_SIZE + this.#used);
    this.#lengths.set(row, name.length);
    this.#used += name.length;
  }

  /** Byte order of two names. */
  compare(a: number, b: number): number {
    return compareBytes(this.bytes(a), this.bytes(b));
  }

  /** Byte order of the name of a row and another name. */
  compareTo(row: number, name: Uint8Array): number {
    return compareBytes(this.bytes(row), name);
  }
}
