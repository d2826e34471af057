import type { CommandName } from "../config/commands.ts";
import { asChoice } from "../config/dependency.ts";
import { PROGRAM_ITSELF } from "../config/option_value.ts";
import { REDACTED } from "../config/option_words.ts";
import { OPTIONS, overrideOf } from "../config/options.ts";
import type { OptionEntry, ResolvedOptions } from "../config/resolution.ts";

/**
 * What an option is set to, by group and index (`repo1`; empty for options without group); undefined where only the
 * default counts. Empty when it is not set at all.
 */
export function currentValues(name: string, { entries }: ResolvedOptions): Map<string, string | undefined> {
  const { group, secure } = OPTIONS[name]!;
  const values = new Map<string, string | undefined>();
  for (const [key, entry] of entries.get(name) ?? []) {
    const text = entry.source === "default" ? undefined : secure ? REDACTED : shownText(entry);
    values.set(group === undefined ? "" : `${group}${key}`, text);
  }
  return [...values.values()].every((text) => text === undefined) ? new Map() : values;
}

/** The one value of all indexes, `<multi>` when they differ, undefined when nothing is set. */
export function oneValue(values: ReadonlyMap<string, string | undefined>): string | undefined {
  const [first, ...others] = new Set(values.values());
  return others.length === 0 ? first : "<multi>";
}

/** The default of an option for a command; undefined when it has none. */
export function defaultText(
  name: string,
  { command, program, resolved }: { command: CommandName; program: string; resolved: ResolvedOptions },
): string | undefined {
  const def = OPTIONS[name]!;
  const override = overrideOf(def, command).default;
  const text = override === undefined ? def.default : override ?? undefined;
  if (text !== undefined) return text === PROGRAM_ITSELF ? program : text;
  const [entry] = resolved.entries.get(name)?.values() ?? [];
  return entry?.source === "default" && !entry.reset ? entry.texts[0] : undefined;
}

function shownText(entry: OptionEntry): string {
  if (entry.negated) return "n";
  return entry.texts.length > 0 ? entry.texts.join(", ") : asChoice(entry.value) ?? "";
}
