import { fullOf } from "../label.ts";

/**
 * Labels that are to be removed, dependents first, in waves: those of a wave need none of each other, so that they may go
 * in any order. A backup only needs backups of its own set, all of which come behind it.
 */
export function removalWaves(labels: readonly string[]): string[][] {
  const waves: string[][] = [];
  const taken = new Map<string, number>();
  for (const label of labels) {
    const set = fullOf(label);
    const wave = taken.get(set) ?? 0;
    taken.set(set, wave + 1);
    (waves[wave] ??= []).push(label);
  }
  return waves;
}
