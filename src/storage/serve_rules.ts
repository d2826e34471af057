import { fail } from "../error.ts";
import type { Chunk } from "../stream/chunk.ts";
import type { StageServices } from "../stream/stage.ts";

/** What somebody wants to do with a path: `replace` may change what is there, `write` only adds to it. */
export type StorageAction = "read" | "write" | "replace" | "remove";

/** What a served storage lets the other side do. */
export interface ServeRules {
  /** Turns key references into passphrases: only the host that owns the keys has them. */
  key?: StageServices["key"];
  /** Throws (error 105) for what the other side may not do with a path. */
  allow(action: StorageAction, path: string): void;
  /** Aborted when the other side is gone: work for it ends. */
  ended: AbortSignal;
}

/** What the stages of a served file are given by its host. */
export function stageServices({ key, ended }: ServeRules): StageServices {
  return { check: () => ended.throwIfAborted(), ...(key === undefined ? {} : { key }) };
}

/** The path a request names. */
export function pathOf(params: unknown): string {
  const { path } = params as { path: unknown };
  return typeof path === "string" ? path : fail("protocol", "request without a path");
}

/** The handle a request names. */
export function handleOf(params: unknown): number {
  return (params as { handle: number }).handle;
}

/** No bytes. */
export const EMPTY: Chunk = new Uint8Array(0);
