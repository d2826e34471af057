import { fail } from "../../error.ts";
import type { JsonValue } from "../json.ts";

/**
 * Pages of a relation whose checksum is wrong: block numbers over the whole relation, ascending; a run of two or more stands as
 * `[first, last]`. This is also how a manifest stores them: `[1,[3,5],10]`.
 */
export type PageErrors = (number | [first: number, last: number])[];

/** Packs ascending block numbers. */
export function packPageErrors(blocks: Iterable<number>): PageErrors {
  const packed: PageErrors = [];
  for (const block of blocks) {
    const before = packed.at(-1);
    const last = typeof before === "object" ? before[1] : before;
    if (last === undefined || block > last + 1) packed.push(block);
    else if (block === last + 1) packed[packed.length - 1] = [typeof before === "object" ? before[0] : last, block];
    else fail("assert", `page ${block} follows page ${last}`);
  }
  return packed;
}

/** The block numbers, ascending. */
export function* unpackPageErrors(errors: PageErrors): Generator<number> {
  for (const item of errors) {
    const [first, last] = typeof item === "number" ? [item, item] : item;
    for (let block = first; block <= last; block++) yield block;
  }
}

/** Number of bad pages. */
export function countPageErrors(errors: PageErrors): number {
  return errors.reduce<number>((total, item) => total + (typeof item === "number" ? 1 : item[1] - item[0] + 1), 0);
}

/** The list as people read it: `3-4, 9`. */
export function pageErrorsText(errors: PageErrors): string {
  return errors.map((item) => typeof item === "number" ? String(item) : `${item[0]}-${item[1]}`).join(", ");
}

/** The list from a manifest. Anything but ascending numbers and pairs of them is error 29. */
export function readPageErrors(value: JsonValue): PageErrors {
  let last = -1;
  const next = (block: JsonValue | undefined): number => {
    if (typeof block !== "number" || block <= last || block > 0xffffffff) return refuse(value);
    last = block;
    return block;
  };
  if (!Array.isArray(value)) return refuse(value);
  return value.map((item) => {
    if (!Array.isArray(item)) return next(item);
    return item.length === 2 ? [next(item[0]), next(item[1])] : refuse(value);
  });
}

function refuse(value: JsonValue): never {
  const shown = Array.isArray(value) ? "a list that is not ascending" : typeof value;
  fail("format", `list of bad pages is ${shown}, expected page numbers and pairs of them, ascending`);
}
