import type { Chunk } from "../../src/stream/chunk.ts";
import { concat, mixture } from "./samples.ts";

const START = [
  "5B1F36E9 B8525960 02AB50AA 1DE66D2A 79FF467A 9BB9F8A3 217E7CD2 83E13D2C",
  "F8D4474F E39EB970 42C6AE16 993216FA 7B093B5D 98DAFF3C F718902A 0B1C9CDB",
  "E58F764B 187636BC 5D7B3BB1 E73DE7DE 92BEC979 CCA6C0B2 304A0979 85AA43D4",
  "783125BB 6CA8EAA2 E407EAC6 4B5CFC3E 9FBF8C76 15CA20BE F2CA9FD3 959BD756",
].join(" ").split(" ").map((word) => parseInt(word, 16));

/** PostgreSQL's page checksum as its definition reads, one column after the other; the stored one counts as 0. */
export function pageChecksum(page: Chunk, block: number): number {
  const view = new DataView(page.slice().buffer);
  view.setUint16(8, 0);
  const rows = page.length / 128;
  let all = 0;
  START.forEach((start, column) => {
    let sum = start;
    for (let row = 0; row < rows + 2; row++) {
      const mixed = sum ^ (row < rows ? view.getUint32(128 * row + 4 * column, true) : 0);
      sum = Math.imul(mixed, 16777619) ^ mixed >>> 17;
    }
    all ^= sum;
  });
  return ((all ^ block) >>> 0) % 65535 + 1;
}

/** Puts the right checksum into a page. */
export function seal(page: Chunk, block: number): Chunk {
  new DataView(page.buffer, page.byteOffset).setUint16(8, pageChecksum(page, block), true);
  return page;
}

/** A page that is valid as relation-wide `block`. */
export function validPage(size: number, block: number): Chunk {
  const page = mixture(size, block + size);
  page[14] = 1;
  return seal(page, block);
}

/** Pages that are valid one behind the other from relation-wide block `first` on. */
export function validPages(size: number, count: number, first = 0): Chunk {
  return concat(...Array.from({ length: count }, (_, i) => validPage(size, first + i)));
}
