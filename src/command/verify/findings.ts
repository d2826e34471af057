import type { LogDetail, Logger } from "../../log.ts";
import { type CheckFinding, problemText } from "./stored_check.ts";

/**
 * What is wrong enough for the exit status: stored content is damaged, WAL a backup needs is missing, or info files or
 * manifests cannot be used.
 */
export type Fault = "content" | "wal" | "info";

/** Most texts that are kept for the summary. */
const KEPT = 1000;

/** What was found so far: logged at once, and kept for the summary and the exit status. */
export class Findings {
  readonly #log: Logger;
  readonly faults: Set<Fault> = new Set();
  /** The first problems and warnings, as they were logged. */
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  /** Number of all of them. */
  problemCount = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Something that is wrong. Its level is the peer's; what it means for the exit status the caller adds as a fault. */
  problem(text: string, detail: LogDetail = {}): void {
    this.#log.log("info", text, detail);
    if (this.problems.length < KEPT) this.problems.push(text);
    this.problemCount++;
  }

  /** A stored file that is wrong. */
  stored(finding: CheckFinding, { name, worker }: { name: string; worker: number }): void {
    this.problem(problemText(finding, name), { process: worker });
  }

  fault(fault: Fault): void {
    this.faults.add(fault);
  }

  /** Something that needs attention but keeps no backup from being restored. */
  warn(text: string, detail: LogDetail = {}): void {
    this.#log.log("warn", text, detail);
    if (this.warnings.length < KEPT) this.warnings.push(text);
  }

  info(text: string): void {
    this.#log.info(text);
  }

  detail(text: string): void {
    this.#log.detail(text);
  }
}
