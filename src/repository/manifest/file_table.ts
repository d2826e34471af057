import { fail } from "../../error.ts";
import { encodeRaw } from "../raw_text.ts";
import { DigestColumn } from "./digest_column.ts";
import {
  BLOCK_UNIT,
  EMPTY_SHA1,
  type FileBlocks,
  type FileChange,
  type FileData,
  type FileEntry,
  type OwnerDefaults,
} from "./file_data.ts";
import { NameColumn } from "./name_column.ts";
import { NumberColumn } from "./number_column.ts";
import type { PageErrors } from "./page_errors.ts";
import { sortRows } from "./row_order.ts";
import { TextIndex } from "./text_index.ts";

/** A file of the table with all that is known of it; owner and mode are filled in from the defaults. */
export interface FileView extends FileEntry {
  /** Handle of the file, the same for as long as the table lives. */
  row: number;
  repoSize: number;
}

const REMOVED = 1;
const HAS_CHECKSUM = 2;
const HAS_REPO_CHECKSUM = 4;
const HAS_REPO_SIZE = 8;
const HAS_ORIGINAL_SIZE = 16;
const PAGES_CHECKED = 32;
const PAGES_VALID = 64;

/**
 * The files of a manifest in packed columns: about 100 bytes a file beside its name (a million plain objects would be 380 MB). Files
 * are appended in any order and come out in byte order of their names; of two with the same name the later one counts.
 */
export class FileTable {
  /** Owner and mode of files that have none of their own. */
  defaults: OwnerDefaults | undefined;

  readonly #names = new NameColumn();
  readonly #flags = new NumberColumn();
  readonly #sizes = new NumberColumn();
  readonly #times = new NumberColumn();
  readonly #originalSizes = new NumberColumn();
  readonly #repoSizes = new NumberColumn();
  readonly #checksums = new DigestColumn();
  readonly #repoChecksums = new DigestColumn();
  readonly #users = new NumberColumn();
  readonly #groups = new NumberColumn();
  readonly #modes = new NumberColumn();
  readonly #references = new NumberColumn();
  readonly #bundles = new NumberColumn();
  readonly #offsets = new NumberColumn();
  readonly #blockUnits = new NumberColumn();
  readonly #blockChecksumSizes = new NumberColumn();
  readonly #mapSizes = new NumberColumn();
  readonly #pageErrors = new Map<number, PageErrors>();
  readonly #texts = new TextIndex();
  #appended = 0;
  #live = 0;
  #order: Uint32Array | undefined;

  constructor(options: { defaults?: OwnerDefaults } = {}) {
    this.defaults = options.defaults;
  }

  /** Number of files. */
  get count(): number {
    this.#ordered();
    return this.#live;
  }

  /** Adds a file and returns its row. */
  append(name: string | Uint8Array, data: FileData): number {
    const row = this.#appended++;
    this.#names.set(row, typeof name === "string" ? encodeRaw(name) : name);
    this.set(row, data);
    this.#live++;
    this.#order = undefined;
    return row;
  }

  /** Changes what is known of a file; only the fields that are given. */
  set(row: number, change: FileChange): void {
    if (change.size !== undefined) this.#sizes.set(row, change.size);
    if (change.time !== undefined) this.#times.set(row, change.time);
    if ("originalSize" in change) {
      this.#mark(row, HAS_ORIGINAL_SIZE, change.originalSize !== undefined);
      this.#originalSizes.set(row, change.originalSize ?? 0);
    }
    if ("repoSize" in change) {
      this.#mark(row, HAS_REPO_SIZE, change.repoSize !== undefined);
      this.#repoSizes.set(row, change.repoSize ?? 0);
    }
    if ("user" in change) this.#users.set(row, this.#texts.indexOf(change.user));
    if ("group" in change) this.#groups.set(row, this.#texts.indexOf(change.group));
    if ("mode" in change) this.#modes.set(row, change.mode === undefined ? 0 : change.mode + 1);
    if ("reference" in change) this.#references.set(row, this.#texts.indexOf(change.reference));
    this.#setChecksums(row, change);
    this.#setPlace(row, change);
    this.#setPages(row, change);
  }

  /** Takes a file out. */
  remove(row: number): void {
    if (this.isRemoved(row)) return;
    this.#mark(row, REMOVED, true);
    this.#live--;
    this.#pageErrors.delete(row);
  }

  isRemoved(row: number): boolean {
    return this.#has(row, REMOVED);
  }

  /** Rows in byte order of their names; a row may be changed or removed on the way. */
  *rows(): Generator<number> {
    for (const row of this.#ordered()) {
      if (!this.isRemoved(row)) yield row;
    }
  }

  /** Rows, or those that are `meant`, in an order of the caller's; equal ones stay in byte order of their names. */
  order(compare: (a: number, b: number) => number, meant: (row: number) => boolean = () => true): Uint32Array {
    const ordered = this.#ordered();
    const rows = new Uint32Array(this.#live);
    let used = 0;
    for (const row of ordered) {
      if (!this.isRemoved(row) && meant(row)) rows[used++] = row;
    }
    return sortRows(used === rows.length ? rows : rows.slice(0, used), compare);
  }

  /** The row of a name. */
  find(name: string | Uint8Array): number | undefined {
    const wanted = typeof name === "string" ? encodeRaw(name) : name;
    const order = this.#ordered();
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#names.compareTo(order[middle]!, wanted) < 0) low = middle + 1;
      else high = middle;
    }
    const row = order[low];
    return row === undefined || this.isRemoved(row) || this.#names.compareTo(row, wanted) !== 0 ? undefined : row;
  }

  /** A file with its name, and with what is implied filled in. */
  at(row: number): FileView {
    const data = this.stored(row);
    const { defaults } = this;
    if (defaults !== undefined) {
      data.user ??= defaults.user;
      data.group ??= defaults.group;
      data.mode ??= defaults.mode;
    }
    if (data.size === 0) data.checksum ??= EMPTY_SHA1;
    return Object.assign(data, { row, name: this.name(row), repoSize: data.repoSize ?? data.size });
  }

  /** A file without what is implied: as it is written. */
  stored(row: number): FileData {
    const data: FileData = { size: this.#sizes.get(row), time: this.#times.get(row) };
    const flags = this.#flags.get(row);
    if (flags & HAS_ORIGINAL_SIZE) data.originalSize = this.#originalSizes.get(row);
    if (flags & HAS_REPO_SIZE) data.repoSize = this.#repoSizes.get(row);
    if (flags & HAS_CHECKSUM) data.checksum = this.#checksums.get(row);
    if (flags & HAS_REPO_CHECKSUM) data.repoChecksum = this.#repoChecksums.get(row);
    if (flags & PAGES_CHECKED) data.pageChecksum = (flags & PAGES_VALID) !== 0;
    const user = this.#texts.text(this.#users.get(row));
    const group = this.#texts.text(this.#groups.get(row));
    const mode = this.#modes.get(row);
    const reference = this.reference(row);
    const bundle = this.bundle(row);
    const pageErrors = this.#pageErrors.get(row);
    const block = this.#blocks(row);
    if (user !== undefined) data.user = user;
    if (group !== undefined) data.group = group;
    if (mode !== 0) data.mode = mode - 1;
    if (reference !== undefined) data.reference = reference;
    if (bundle !== undefined) data.bundle = bundle;
    if (block !== undefined) data.block = block;
    if (pageErrors !== undefined) data.pageErrors = pageErrors;
    return data;
  }

  name(row: number): string {
    return this.#names.text(row);
  }

  /** The name as bytes; a view that must not be written to. */
  nameBytes(row: number): Uint8Array {
    return this.#names.bytes(row);
  }

  size(row: number): number {
    return this.#sizes.get(row);
  }

  time(row: number): number {
    return this.#times.get(row);
  }

  /** Label of the backup that holds the data, or undefined for this one. */
  reference(row: number): string | undefined {
    return this.#texts.text(this.#references.get(row)) || undefined;
  }

  /** Bundle the data of a file is in, and where in it; undefined for a file that is stored by itself. */
  bundle(row: number): { id: number; offset: number } | undefined {
    const id = this.#bundles.get(row);
    return id === 0 ? undefined : { id, offset: this.#offsets.get(row) };
  }

  /** Order of two files by the bytes of their names. */
  compareNames(a: number, b: number): number {
    return this.#names.compare(a, b);
  }

  #ordered(): Uint32Array {
    if (this.#order !== undefined) return this.#order;
    const rows = new Uint32Array(this.#live);
    let used = 0;
    for (let row = 0; row < this.#appended; row++) {
      if (!this.isRemoved(row)) rows[used++] = row;
    }
    return this.#order = this.#withoutRepeats(sortRows(rows, (a, b) => this.#names.compare(a, b)));
  }

  /** Removes all but the last of rows with one name; the sort kept such rows in the order they were appended in. */
  #withoutRepeats(sorted: Uint32Array): Uint32Array {
    let repeats = false;
    for (let at = 1; at < sorted.length; at++) {
      if (this.#names.compare(sorted[at - 1]!, sorted[at]!) !== 0) continue;
      this.remove(sorted[at - 1]!);
      repeats = true;
    }
    return repeats ? sorted.filter((row) => !this.isRemoved(row)) : sorted;
  }

  #setChecksums(row: number, change: FileChange): void {
    if ("checksum" in change) {
      this.#mark(row, HAS_CHECKSUM, change.checksum !== undefined);
      if (change.checksum !== undefined) this.#checksums.set(row, change.checksum);
    }
    if ("repoChecksum" in change) {
      this.#mark(row, HAS_REPO_CHECKSUM, change.repoChecksum !== undefined);
      if (change.repoChecksum !== undefined) this.#repoChecksums.set(row, change.repoChecksum);
    }
  }

  #setPlace(row: number, change: FileChange): void {
    if ("bundle" in change) {
      this.#bundles.set(row, change.bundle?.id ?? 0);
      this.#offsets.set(row, change.bundle?.offset ?? 0);
    }
    if ("block" in change) {
      const units = (change.block?.size ?? 0) / BLOCK_UNIT;
      if (!Number.isInteger(units)) fail("assert", `block size ${change.block?.size} is no multiple of ${BLOCK_UNIT}`);
      this.#blockUnits.set(row, units);
      this.#blockChecksumSizes.set(row, change.block?.checksumSize ?? 0);
      this.#mapSizes.set(row, change.block?.mapSize ?? 0);
    }
  }

  #setPages(row: number, change: FileChange): void {
    if ("pageChecksum" in change) {
      this.#mark(row, PAGES_CHECKED, change.pageChecksum !== undefined);
      this.#mark(row, PAGES_VALID, change.pageChecksum === true);
    }
    if ("pageErrors" in change) {
      if (change.pageErrors === undefined) this.#pageErrors.delete(row);
      else this.#pageErrors.set(row, change.pageErrors);
    }
  }

  #blocks(row: number): FileBlocks | undefined {
    const units = this.#blockUnits.get(row);
    if (units === 0) return undefined;
    return {
      size: units * BLOCK_UNIT,
      checksumSize: this.#blockChecksumSizes.get(row),
      mapSize: this.#mapSizes.get(row),
    };
  }

  #has(row: number, flag: number): boolean {
    return (this.#flags.get(row) & flag) !== 0;
  }

  #mark(row: number, flag: number, on: boolean): void {
    const flags = this.#flags.get(row);
    this.#flags.set(row, on ? flags | flag : flags & ~flag);
  }
}
