import { fail } from "../../error.ts";
import { PAGE_ROWS } from "./number_column.ts";

const DIGEST_SIZE = 20;

/** A SHA-1 per row as 20 raw bytes; pages are made when first used. Whether a row has one is for the table to know. */
export class DigestColumn {
  readonly #pages: (Uint8Array<ArrayBuffer> | undefined)[] = [];

  /** 40 lower-case hex digits; of a row never set, zeros. */
  get(row: number): string {
    const page = this.#pages[Math.floor(row / PAGE_ROWS)];
    const at = (row % PAGE_ROWS) * DIGEST_SIZE;
    return page === undefined ? "0".repeat(2 * DIGEST_SIZE) : page.subarray(at, at + DIGEST_SIZE).toHex();
  }

  /** Stores 40 hex digits; anything else is error 29. */
  set(row: number, hex: string): void {
    const index = Math.floor(row / PAGE_ROWS);
    const page = this.#pages[index] ??= new Uint8Array(PAGE_ROWS * DIGEST_SIZE);
    const at = (row % PAGE_ROWS) * DIGEST_SIZE;
    if (hex.length !== 2 * DIGEST_SIZE) refuse(hex);
    for (let byte = 0; byte < DIGEST_SIZE; byte++) {
      page[at + byte] = (nibble(hex, 2 * byte) << 4) | nibble(hex, 2 * byte + 1);
    }
  }
}

function nibble(hex: string, at: number): number {
  const code = hex.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : refuse(hex);
}

function refuse(hex: string): never {
  fail("format", `'${hex}' is not a SHA-1 checksum of 40 hex digits`);
}
