/** Rows of one page of a column; pages keep growing from doubling memory and let unused columns cost nothing. */
export const PAGE_ROWS: number = 1 << 14;
const PAGE_SHIFT = 14;
const PAGE_MASK = PAGE_ROWS - 1;

type Page = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/**
 * One number per row, packed: a page is made when a row of it first differs from 0, with the width its largest value needs,
 * and made anew wider when a value does not fit. Values are integers up to 2^53 in size.
 */
export class NumberColumn {
  readonly #pages: (Page | undefined)[] = [];

  get(row: number): number {
    const page = this.#pages[row >>> PAGE_SHIFT];
    return page === undefined ? 0 : page[row & PAGE_MASK]!;
  }

  set(row: number, value: number): void {
    const index = row >>> PAGE_SHIFT;
    let page = this.#pages[index];
    if (page === undefined) {
      if (value === 0) return;
      page = this.#pages[index] = emptyPage(value);
    } else if (!fits(page, value)) {
      const wider = emptyPage(value);
      wider.set(page);
      page = this.#pages[index] = wider;
    }
    page[row & PAGE_MASK] = value;
  }
}

function fits(page: Page, value: number): boolean {
  if (page instanceof Float64Array) return true;
  return value >= 0 && value < 2 ** (8 * page.BYTES_PER_ELEMENT);
}

function emptyPage(value: number): Page {
  if (value >= 0 && value < 2 ** 8) return new Uint8Array(PAGE_ROWS);
  if (value >= 0 && value < 2 ** 16) return new Uint16Array(PAGE_ROWS);
  return value >= 0 && value < 2 ** 32 ? new Uint32Array(PAGE_ROWS) : new Float64Array(PAGE_ROWS);
}
