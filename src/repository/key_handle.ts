import type { KeyRef } from "../stream/stage.ts";

/**
 * What stands for a passphrase on a host that does not own it: it goes where a passphrase would go, from info file to
 * manifest to stage, and the host that owns the repository puts the passphrase in its place.
 */
const PREFIX = "keyref:";

const LEVELS: readonly KeyRef["level"][] = ["repository", "archive", "backupInfo", "set"];

/** The text that stands for a passphrase. */
export function keyHandle({ level, label }: KeyRef): string {
  return `${PREFIX}${level}${label === undefined ? "" : `:${label}`}`;
}

/** What a text stands for; undefined when it is a passphrase itself. */
export function readKeyHandle(text: string): KeyRef | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const [name, label] = text.slice(PREFIX.length).split(":");
  const level = LEVELS.find((each) => each === name);
  return level === undefined ? undefined : { level, ...(label === undefined ? {} : { label }) };
}
