import { fail } from "../error.ts";
import type { OptionDef, OptionTable } from "./definition.ts";
import { indexedName } from "./options.ts";
import type { OptionValue } from "./option_value.ts";

/** What an option depends on: another one that has a value or, with `values`, one of these. */
export interface Dependency {
  readonly name: string;
  readonly values?: readonly string[];
}

/** Reads `option`, `option=value` or `option=value|value`. */
export function readDependency(text: string): Dependency {
  const equals = text.indexOf("=");
  if (equals === -1) return { name: text };
  return { name: text.slice(0, equals), values: text.slice(equals + 1).split("|") };
}

/** The index the other option is looked at: its own where both belong to one group. */
export function dependencyKey(key: number, other: OptionDef | undefined): number {
  return other?.group === undefined ? 0 : key;
}

/** A value as it stands in `dependsOn` and in the keys of `by`. */
export function asChoice(value: OptionValue | undefined): string | undefined {
  if (typeof value === "boolean") return value ? "y" : "n";
  return value === undefined ? undefined : String(value);
}

/** Whether the other option's value is what is asked for. */
export function isMet({ values }: Dependency, value: OptionValue | undefined): boolean {
  if (value === undefined) return false;
  return values === undefined || values.includes(asChoice(value)!);
}

/** Error 31: an option was given on the command line although what it depends on is not the case. */
export function failUnmet(shown: string, dependency: Dependency, at: { key: number; table: OptionTable }): never {
  const def = at.table[dependency.name]!;
  const other = indexedName(dependency.name, dependencyKey(at.key, def));
  const { values } = dependency;
  const prefix = def.type === "boolean" && values?.[0] === "n" ? "no-" : "";
  fail("optionInvalid", `option '${shown}' not valid without option '${prefix}${other}'${choicesText(def, values)}`);
}

function choicesText(def: OptionDef, values: readonly string[] | undefined): string {
  if (def.type === "boolean" || values === undefined) return "";
  const quoted = values.map((value) => `'${value}'`);
  return quoted.length === 1 ? ` = ${quoted[0]}` : ` in (${quoted.join(", ")})`;
}
