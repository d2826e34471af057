import type { ErrorRecord } from "../error.ts";
import type { Connections } from "../wire/connections.ts";

/** Severity of a line that a worker hands to the main thread's log. */
export type WorkerLogLevel = "warn" | "info" | "detail" | "debug";

/** A piece of work as plain data; `kind` names the module that does it. */
export interface Job {
  kind: string;
}

/** What came of a job. */
export interface JobOutcome<J extends Job, R> {
  job: J;
  /** Number of the worker, from 1. */
  worker: number;
  /** How often it was tried. */
  tries: number;
  result?: R;
  error?: ErrorRecord;
}

/** What a worker has, with or without a job. */
export interface WorkerPlace {
  /** What the main thread gave every worker of the pool; plain data, the same object for all jobs of a worker. */
  readonly setup: unknown;
  /** Those of this worker to other hosts; they live as long as it does. */
  readonly connections: Connections;
}

/** What a job finds around it in its worker. */
export interface JobServices extends WorkerPlace {
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal;
  /** Throws error 63 when the run was cancelled; for loops that do not wait for anything. */
  checkCancelled(): void;
  /** Reports bytes done since the last report; sent on at most every 100 ms. */
  progress(bytes: number): void;
  /**
   * Does a part of the job, and again while it fails with what may be over a moment later, by the retry rule of the run.
   * When all tries failed the job is not tried again for it, unless `spoilt` says that the part harmed the others.
   */
  attempt<T>(part: () => Promise<T>, options?: { spoilt?: () => boolean }): Promise<T>;
  log(level: WorkerLogLevel, text: string): void;
}

/** The module of a job kind. */
export interface JobModule {
  run(job: never, services: JobServices): Promise<unknown>;
  /** Loads and opens what most jobs need; called while there is no job yet. */
  warmUp?(services: WorkerPlace): Promise<unknown>;
}

/** How often a failing job is tried again, and how long after the second failure (milliseconds). */
export interface RetryRule {
  count: number;
  interval: number;
}

/** First message to a worker. */
export interface WorkerSetup {
  setup: unknown;
  /** Number of the worker, from 1. */
  number: number;
  /** Kind of the jobs to come. */
  kind: string;
  retry: RetryRule;
  /** One Int32; 1 means cancelled. Reaches loops that do not look at messages. */
  cancelFlag: SharedArrayBuffer;
  /** One Int32: whose turn it is to connect to another host, see Connections. */
  connectGate: SharedArrayBuffer;
}

/** What the main thread sends. */
export type ToWorker =
  | { kind: "setup"; setup: WorkerSetup }
  | { kind: "job"; job: Job }
  | { kind: "cancel" }
  /** Close what is open: no further job will come. */
  | { kind: "end" };

/** What a worker sends. */
export type FromWorker =
  | { kind: "progress"; bytes: number }
  | { kind: "log"; level: WorkerLogLevel; text: string }
  | { kind: "done"; result?: unknown; error?: ErrorRecord; tries: number }
  | { kind: "ended" };
