import type { Chunk } from "./chunk.ts";
import type { PageReport, Stage, StageServices, StageSpec } from "./stage.ts";
import { MODULE } from "./wasm/page_checksum.ts";
import { WasmPool } from "./wasm_pool.ts";

interface PageModule {
  memory: { readonly buffer: ArrayBuffer };
  /** Address of 1 MiB + 32 KiB for pages. */
  pages: { readonly value: number };
  /** Address of the list of bad pages, indexes as 32-bit words. */
  bad: { readonly value: number };
  check(count: number, pageSize: number, block: number, headerCheck: boolean): number;
}

type PageChecksumSpec = Extract<StageSpec, { stage: "pageChecksum" }>;
type Reread = NonNullable<StageServices["reread"]>;

/** Bad pages one behind the other, as they were read; `first` counts from the start of the file. */
interface BadRun {
  first: number;
  bytes: Chunk;
}

const POOL = new WasmPool<PageModule>(MODULE);

/** The most bytes of bad pages read again at a time. */
const REREAD_MAX = 256 * 1024;

/**
 * Checks PostgreSQL's page checksums while the bytes pass unchanged. A page of zeros is valid; one with pd_upper 0 (with
 * `headerCheck` off: with checksum 0) that is not all zeros is not. A bad page is read again through `reread`: when its
 * bytes have changed, PostgreSQL is just writing it, replaying WAL will bring it in order, and it counts as valid.
 * Behind the last whole page nothing is checked; the report then says `aligned: false`.
 */
export function pageChecksumStage(spec: PageChecksumSpec, reread?: Reread): Stage {
  const { pageSize } = spec;
  const firstBlock = spec.segment * spec.segmentPages;
  const module = POOL.take();
  const memory = new Uint8Array(module.memory.buffer);
  const start = module.pages.value;
  const bad: number[] = [];
  let pages = 0;
  let kept = 0;
  let closed = false;

  /** Checks the whole pages at hand and keeps the piece behind them for the next call. */
  const checkPages = (chunk: Chunk): BadRun[] => {
    memory.set(chunk, start + kept);
    const filled = kept + chunk.length;
    const count = Math.floor(filled / pageSize);
    const found = module.check(count, pageSize, firstBlock + pages, spec.headerCheck);
    const list = new Uint32Array(module.memory.buffer, module.bad.value, found);
    const runs = badRuns(list, (from, to) => memory.slice(start + from * pageSize, start + to * pageSize), pageSize);
    for (const run of runs) run.first += pages;
    kept = filled - count * pageSize;
    memory.copyWithin(start, start + count * pageSize, start + filled);
    pages += count;
    return runs;
  };
  const note = (run: BadRun, now?: Chunk) => {
    for (let at = 0; at < run.bytes.length; at += pageSize) {
      const changed = now !== undefined && !sameBytes(run.bytes, now, { at, length: pageSize });
      if (!changed) bad.push(firstBlock + run.first + at / pageSize);
    }
  };
  const confirm = async (runs: BadRun[], again: Reread) => {
    for (const run of runs) note(run, await again(run.first * pageSize, run.bytes.length));
  };

  return {
    push(chunk, emit) {
      const runs = checkPages(chunk);
      emit(chunk);
      if (runs.length === 0) return;
      if (reread !== undefined) return confirm(runs, reread);
      for (const run of runs) note(run);
    },
    flush() {},
    result: () => ({ stage: "pageChecksum", value: report(bad, kept === 0) }),
    close() {
      if (!closed) POOL.give(module);
      closed = true;
    },
  };
}

function report(bad: number[], aligned: boolean): PageReport {
  return { valid: aligned && bad.length === 0, aligned, bad };
}

/** Joins neighbours among the listed page indexes, so that a file full of bad pages is not read page by page. */
function badRuns(list: Uint32Array, copy: (from: number, to: number) => Chunk, pageSize: number): BadRun[] {
  const runs: BadRun[] = [];
  for (let i = 0; i < list.length;) {
    const first = list[i]!;
    let next = first + 1;
    while (list[++i] === next && (next - first) * pageSize < REREAD_MAX) next++;
    runs.push({ first, bytes: copy(first, next) });
  }
  return runs;
}

/** Whether a page reads as before; at the end of a file that was cut meanwhile it does not. */
function sameBytes(before: Chunk, now: Chunk, page: { at: number; length: number }): boolean {
  if (now.length < page.at + page.length) return false;
  for (let i = page.at; i < page.at + page.length; i++) {
    if (before[i] !== now[i]) return false;
  }
  return true;
}
