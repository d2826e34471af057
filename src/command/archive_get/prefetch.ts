import type { Invocation } from "../../cli/invocation.ts";
import { asError, type BackRestError, errorText, fromRecord } from "../../error.ts";
import type { WorkerPool } from "../../process/pool.ts";
import { nextSegment, timelineOf } from "../../repository/wal/segment.ts";
import { exists, removeFile } from "../../storage/posix_file.ts";
import { failureText, type RepositoryFailure, sumUpFailures } from "../archive/failures.ts";
import type { RunLock } from "../archive/run_lock.ts";
import { type Spool, writeStatus } from "../archive/spool/folder.ts";
import { OK_SUFFIX } from "../archive/spool/status.ts";
import { announce } from "./fetching.ts";
import { type ClusterArchive, findIn } from "./find.ts";
import { FolderMemory } from "./folder_memory.ts";
import type { GetJob } from "./get_job.ts";
import { windowNames } from "./window.ts";

/** How often recovery's progress is looked at, and how long it may stand still while the lock is held, in milliseconds. */
const LOOK = 25;
export const PATIENCE = 2000;

/** How many segments that should be taken next are looked at. */
const HEAD = 16;

/** What is fetched from where to where. */
export interface PrefetchParts {
  readonly spool: Spool;
  readonly archives: readonly ClusterArchive[];
  /** Repositories that could not tell where the WAL of the cluster lies. */
  readonly failures: readonly RepositoryFailure[];
  readonly segmentSize: number;
  /** Most segments the spool holds. */
  readonly size: number;
  /** How long recovery may take nothing before this ends, in milliseconds. */
  readonly patience: number;
  pool(): WorkerPool;
  /** Held while segments are fetched; others may want to work when recovery has taken none for a while. */
  readonly lock: RunLock;
}

/** Segments ahead of recovery. It knows what lies in the spool without listing it: what it put there and nobody took yet. */
export class Prefetch {
  readonly #invocation: Invocation;
  readonly #parts: PrefetchParts;
  readonly #memory = new FolderMemory();
  /** Put into the spool and not taken yet, ascending. */
  readonly #ahead: string[] = [];
  /** The segment behind them. */
  #next: string;
  /** Being fetched at this moment. */
  readonly #fetching = new Set<string>();
  /** The last segment of the window if all before it were taken. */
  #horizon: string;
  /** Ends a pause. */
  #wake: () => void = () => {};
  /** True when nothing is to be fetched any more: a hole, the end of the archive, or a failure. */
  #ended = false;

  constructor(invocation: Invocation, parts: PrefetchParts, first: string) {
    this.#invocation = invocation;
    this.#parts = parts;
    this.#next = first;
    this.#horizon = first;
  }

  /** Whether a segment that is not in the spool will come there, if it is in the archive, as those before it are taken. */
  isComing(name: string): boolean {
    if (this.#fetching.has(name)) return true;
    const isAhead = this.#next <= name && name <= this.#horizon;
    return !this.#ended && isAhead && timelineOf(name) === timelineOf(this.#next);
  }

  /** Says that a segment was taken, so that nobody has to find out by looking. */
  taken(): void {
    this.#wake();
  }

  /** Keeps the window full, until there is nothing more or recovery takes nothing for a while. */
  async follow(): Promise<void> {
    try {
      await this.#follow();
    } finally {
      this.#ended = true;
    }
  }

  async #follow(): Promise<void> {
    for (let quiet = 0; !this.#ended && quiet < this.#parts.patience;) {
      this.#invocation.signal.throwIfAborted();
      const taken = this.#forgetTaken();
      if (this.#ahead.length < this.#parts.size) {
        if (!await this.#parts.lock.resume()) return;
        await this.#fetch(this.#parts.size - this.#ahead.length);
        quiet = 0;
      } else {
        quiet = taken > 0 ? 0 : quiet + LOOK;
        if (quiet === PATIENCE) await this.#parts.lock.rest();
        await this.#pause();
      }
    }
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, LOOK);
    await promise;
    clearTimeout(timer);
  }

  /**
   * Forgets what recovery took, and returns how many that was. It takes segments in their order, so one that is left
   * although one behind it was taken had been fetched directly meanwhile: it must not stand in the way for ever.
   */
  #forgetTaken(): number {
    const { spool } = this.#parts;
    const isThere = (name: string) => exists(`${spool.in}/${name}`);
    const taken = this.#ahead.slice(0, HEAD).findLastIndex((name) => !isThere(name)) + 1;
    for (const name of this.#ahead.splice(0, taken)) {
      for (const each of [name, `${name}${OK_SUFFIX}`]) removeFile(`${spool.in}/${each}`);
    }
    return taken;
  }

  /** Fetches so many segments, or as many as there are before one that is missing or cannot be had. */
  async #fetch(room: number): Promise<void> {
    const { configuration: { options }, log } = this.#invocation;
    const { spool, segmentSize, size } = this.#parts;
    const names = windowNames(this.#next, room, { segmentSize });
    this.#horizon = windowNames(this.#next, size, { segmentSize }).at(-1)!;
    const execId = options.need("exec-id");
    await announce(spool.fetching, { execId, first: names[0]!, last: names.at(-1)! });
    this.#memory.clear();
    const there = new Set(names.filter((name) => exists(`${spool.in}/${name}`)));
    const jobs: GetJob[] = [];
    for (const name of names.filter((each) => !there.has(each))) {
      const job = await this.#find(name);
      if (job === undefined) break;
      jobs.push(job);
      this.#fetching.add(name);
    }
    if (jobs.length > 0) log.info(`get ${jobs.length} WAL file(s) from archive: ${rangeText(jobs)}`);
    for (const name of await this.#run(jobs)) there.add(name);
    const missing = names.findIndex((name) => !there.has(name));
    this.#ahead.push(...names.slice(0, missing === -1 ? names.length : missing));
    this.#next = missing === -1 ? nextSegment(names.at(-1)!, { segmentSize }) : names[missing]!;
  }

  /** How a segment is to be fetched; undefined, with the reason in the spool, when it is not there or nobody knows. */
  async #find(name: string): Promise<GetJob | undefined> {
    const { spool, archives, failures } = this.#parts;
    try {
      const found = await findIn(archives, name, this.#memory.list);
      const all = [...failures, ...found.failures];
      if (found.matches.length > 0) {
        const matches = found.matches.map(({ repository, ...match }) => ({ ...match, key: repository.key }));
        return { kind: "archive-get", name, folder: spool.in, matches, warnings: all.map(failureText) };
      }
      if (all.length > 0) {
        throw sumUpFailures("repoInvalid", `unable to find out whether ${name} is in the archive:`, all);
      }
      await writeStatus(spool.in, name, { ok: true });
      this.#ended = true;
    } catch (thrown) {
      await this.#fail(name, asError(thrown));
    }
    return undefined;
  }

  /** Runs jobs in their order, up to the first that fails; the names of those that succeeded. */
  async #run(jobs: readonly GetJob[]): Promise<string[]> {
    const fetched: string[] = [];
    if (jobs.length === 0) return fetched;
    let failed = false;
    using _ended = { [Symbol.dispose]: () => this.#fetching.clear() };
    const queue = jobs[Symbol.iterator]().filter(() => !failed);
    for await (const { job, result, error, worker } of this.#parts.pool().run<GetJob, number>(queue)) {
      if (error === undefined) {
        fetched.push(job.name);
        this.#invocation.log.log("detail", `found ${job.name} in the repo${result} archive`, { process: worker });
      } else {
        failed = true;
        await this.#fail(job.name, fromRecord(error));
      }
    }
    return fetched;
  }

  async #fail(name: string, error: BackRestError): Promise<void> {
    if (error.kind === "term") throw error;
    this.#ended = true;
    this.#invocation.log.warn(`could not get ${name} from the archive: [${error.code}] ${errorText(error)}`);
    await writeStatus(this.#parts.spool.in, name, { ok: false, note: { code: error.code, text: errorText(error) } });
  }
}

function rangeText(jobs: readonly GetJob[]): string {
  return jobs.length === 1 ? jobs[0]!.name : `${jobs[0]!.name}...${jobs.at(-1)!.name}`;
}
