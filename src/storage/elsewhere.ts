import type { StageSpec } from "../stream/stage.ts";
import type { Source, Storage } from "./storage.ts";

function isElsewhere(spec: StageSpec): boolean {
  return "key" in spec && spec.key.elsewhere === true;
}

/** Stages by the host they run on. */
export interface PlacedStages {
  /** On the host that owns the keys: what needs one, and what lies between that and the stored bytes. */
  there: StageSpec[];
  here: StageSpec[];
}

/** Where the stages run through which stored bytes are read. */
export function readingPlaces(specs: readonly StageSpec[]): PlacedStages {
  const last = specs.findLastIndex(isElsewhere);
  return { there: specs.slice(0, last + 1), here: specs.slice(last + 1) };
}

/**
 * Where the stages run through which bytes are stored. `holdKeys` says that the bytes name passphrases, which the other
 * host has to see before anything is done with them.
 */
export function writingPlaces(
  specs: readonly StageSpec[],
  { holdKeys = false }: { holdKeys?: boolean } = {},
): PlacedStages {
  const encrypts = specs.findIndex(isElsewhere);
  if (encrypts < 0) return { there: [], here: [...specs] };
  const first = holdKeys ? 0 : encrypts;
  return { there: specs.slice(first), here: specs.slice(0, first) };
}

/** Where stored bytes lie. */
export interface StoredPlace {
  path: string;
  offset?: number;
  length?: number;
}

/** A stored file that is open, and the stages its bytes still have to go through here. */
export interface OpenedStored {
  source: Source;
  here: StageSpec[];
}

/** Opens a stored file; what needs a key is done on the host that owns it. The caller disposes the source. */
export async function openStored(
  storage: Storage,
  { path, ...range }: StoredPlace,
  specs: readonly StageSpec[],
): Promise<OpenedStored> {
  const { there, here } = readingPlaces(specs);
  return { source: await storage.read(path, there.length === 0 ? range : { ...range, stages: there }), here };
}
