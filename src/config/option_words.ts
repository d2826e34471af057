import type { Configuration, ConfigurationData } from "./configuration.ts";
import type { OptionDef } from "./definition.ts";
import { indexedName, OPTIONS } from "./options.ts";
import type { OptionEntry } from "./resolution.ts";

/** What stands for the value of a secret. */
export const REDACTED = "<redacted>";

/** An option with its place: what a list of options is made of. */
export interface PlacedEntry {
  readonly name: string;
  readonly key: number;
  readonly def: OptionDef;
  readonly entry: OptionEntry;
}

/** All options of a configuration, alphabetically and by index. */
export function placedEntries(data: ConfigurationData): PlacedEntry[] {
  return [...data.entries.keys()].sort().flatMap((name) =>
    [...data.entries.get(name)!].map(([key, entry]) => ({ name, key, def: OPTIONS[name]!, entry }))
  );
}

/** An option as words of a command line, one per value; nothing for a default. */
export function optionWords({ name, key, def, entry }: PlacedEntry): string[] {
  const shown = indexedName(name, key);
  if (entry.reset) return [`--reset-${shown}`];
  if (entry.source === "default") return [];
  if (entry.negated) return [`--no-${shown}`];
  if (def.type === "boolean") return [`--${shown}`];
  return entry.texts.map((text) => `--${shown}=${text}`);
}

/** What was given to a run as the begin line shows it: `: [argument, ...] --option=value ...`, secrets redacted. */
export function describeRun({ args, data }: Configuration): string {
  const options = placedEntries(data).flatMap((placed) => shownWords(placed));
  const words = args.length === 0 ? options : [`[${args.map(quoted).join(", ")}]`, ...options];
  return [":", ...words].join(" ");
}

function shownWords(placed: PlacedEntry): string[] {
  const { name, key, def, entry } = placed;
  if (!def.secure || entry.source === "default") return optionWords(placed).map(quotedValue);
  return entry.reset ? optionWords(placed) : [`--${indexedName(name, key)}=${REDACTED}`];
}

function quotedValue(word: string): string {
  const equals = word.indexOf("=");
  return equals === -1 ? word : word.slice(0, equals + 1) + quoted(word.slice(equals + 1));
}

function quoted(text: string): string {
  return text.includes(" ") ? `"${text}"` : text;
}
