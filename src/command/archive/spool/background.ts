import { asyncArguments } from "../../../config/child_arguments.ts";
import type { Configuration } from "../../../config/configuration.ts";
import { type LockHolder, lockNames, probeLock } from "../../../process/lock.ts";
import { startDetached } from "../../../process/detach.ts";

/** Who works in the background for the stanza at this moment; undefined when nobody does. */
export function backgroundHolder({ options }: Configuration): LockHolder | undefined {
  const names = lockNames(options.need("stanza"), ["archive"], options.selected("repo"));
  for (const name of names) {
    const holder = probeLock(`${options.need("lock-path")}/${name}`);
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** Starts the process that works in the background for this command. Error 102. */
export function startBackground(configuration: Configuration, args: readonly string[]): void {
  startDetached(asyncArguments(configuration, args));
}
