import { fail } from "../error.ts";
import type { Chunk } from "../stream/chunk.ts";
import type { StageSpec } from "../stream/stage.ts";
import type { HostStages } from "./staged.ts";
import type { WriteOptions } from "./storage.ts";

/** What somebody wants to do with a path: `look` at names and sizes, `write` only adds, `replace` may change what is there. */
export type StorageAction = "look" | "read" | "write" | "replace" | "remove";

/** A stored file and what is to be done with its bytes. */
export interface StagedAccess {
  action: "read" | "write";
  path: string;
  specs: readonly StageSpec[];
  /** True when only a part of the file is read. */
  isRange: boolean;
}

/** What a served storage lets the other side do. */
export interface ServeRules {
  /**
   * What the host that owns the keys adds to stages that need one, and the stages that remain to be opened. Error 105 for
   * what would give a key away. Without it no stage gets a key.
   */
  keys?(access: StagedAccess): Promise<{ specs: readonly StageSpec[] } & Partial<HostStages>>;
  /** Throws (error 105) for what the other side may not do with a path. */
  allow(action: StorageAction, path: string): void;
  /** How a file is written, whatever the other side asks for. */
  how?(path: string): WriteOptions["how"];
  /** Aborted when the other side is gone: work for it ends. */
  ended: AbortSignal;
}

/** The stages of a served file with what its host adds to them. */
export async function hostStages(
  { keys, ended }: ServeRules,
  access: StagedAccess,
): Promise<HostStages & { specs: readonly StageSpec[] }> {
  const check = () => ended.throwIfAborted();
  if (keys === undefined || access.specs.length === 0) return { specs: access.specs, services: { check } };
  const { services, ...added } = await keys(access);
  return { ...added, services: { ...services, check } };
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
