import { isHistoryFile, isStoredAsSegment } from "../../repository/wal/segment.ts";
import { OK_SUFFIX } from "../archive/spool/status.ts";

/** Ending of the file by which PostgreSQL says that a WAL file is ready to be archived. */
export const READY_SUFFIX = ".ready";

/** What there is to do, by names of WAL files in the order in which they are archived. */
export interface Backlog {
  /** Everything PostgreSQL has not been told about yet. */
  ready: string[];
  /** Those of them that are still to be pushed. */
  todo: string[];
  /** Status files that say nothing any more. */
  stale: string[];
}

/** Compares what lies in PostgreSQL's status folder with what lies in the spool. */
export function readBacklog(archiveStatus: readonly string[], out: readonly string[]): Backlog {
  const ready = archiveStatus.filter((name) => name.endsWith(READY_SUFFIX))
    .map((name) => name.slice(0, -READY_SUFFIX.length)).sort(inArchiveOrder);
  const waiting = new Set(ready);
  const pushed = new Set(
    out.filter((name) => name.endsWith(OK_SUFFIX)).map((name) => name.slice(0, -OK_SUFFIX.length)),
  );
  return {
    ready,
    todo: ready.filter((name) => !pushed.has(name)),
    stale: out.filter((name) => !name.endsWith(OK_SUFFIX) || !waiting.has(name.slice(0, -OK_SUFFIX.length))),
  };
}

/** PostgreSQL's order: timeline history files first, then everything by name, so that no hole appears on the way. */
export function inArchiveOrder(a: string, b: string): number {
  const first = Number(isHistoryFile(b)) - Number(isHistoryFile(a));
  return first !== 0 ? first : a < b ? -1 : a > b ? 1 : 0;
}

/** The file whose size stands for that of all: the first segment, for others are tiny. */
export function measuredFile(ready: readonly string[]): string | undefined {
  return ready.find(isStoredAsSegment) ?? ready[0];
}

/** The first files that one run may take on: at least one. Sizes in bytes. */
export function cutBatch(todo: readonly string[], { fileSize, limit }: { fileSize: number; limit: number }): string[] {
  return todo.slice(0, Math.max(1, Math.floor(limit / Math.max(1, fileSize))));
}

/** Share of archive-push-queue-max from which on everybody is warned. */
const WARN_SHARE = 0.75;

/** How full the queue is: WAL that is ready, in bytes, against archive-push-queue-max. */
export function queueState(size: number, limit: number | undefined): "well" | "high" | "over" {
  if (limit === undefined) return "well";
  return size > limit ? "over" : size > limit * WARN_SHARE ? "high" : "well";
}
