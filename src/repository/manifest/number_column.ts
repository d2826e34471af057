/** Rows of one page of a column; pages keep growing from doubling memory and let unused columns cost nothing. */
export const PAGE_ROWS: number = 1 << 14;
const PAGE_SHIFT = 14;
const PAGE_MASK = PAGE_ROWS - 1;

type Page = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** A page in which neighbouring rows have one value, and all others 0: what most rows say of their owner. */
interface Run {
  value: number;
  from: number;
  until: number;
}

/**
 * One number per row, packed: a page costs next to nothing while all its rows say the same; then it gets the width its
 * largest value needs, and is made anew wider when a value does not fit. Values are integers up to 2^53 in size.
 */
export class NumberColumn {
  readonly #pages: (Page | Run | undefined)[] = [];

  get(row: number): number {
    const page = this.#pages[row >>> PAGE_SHIFT];
    if (page === undefined) return 0;
    const at = row & PAGE_MASK;
    if (isRun(page)) return at >= page.from && at < page.until ? page.value : 0;
    return page[at]!;
  }

  set(row: number, value: number): void {
    const index = row >>> PAGE_SHIFT;
    const at = row & PAGE_MASK;
    let page = this.#pages[index];
    if (page === undefined) {
      if (value !== 0) this.#pages[index] = { value, from: at, until: at + 1 };
      return;
    }
    if (isRun(page)) {
      if (takesIn(page, at, value)) return;
      page = this.#pages[index] = written(page);
    }
    if (!fits(page, value)) {
      const wider = emptyPage(value);
      wider.set(page);
      page = this.#pages[index] = wider;
    }
    page[at] = value;
  }
}

function isRun(page: Page | Run): page is Run {
  return "until" in page;
}

/** True where a run says the value of a row already, or after it was made one row longer. */
function takesIn(run: Run, at: number, value: number): boolean {
  if (at < run.from || at > run.until) return value === 0;
  if (at === run.until) {
    if (value === run.value) run.until++;
    return value === run.value || value === 0;
  }
  return value === run.value;
}

function written({ value, from, until }: Run): Page {
  return emptyPage(value).fill(value, from, until);
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
