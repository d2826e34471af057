import { fail } from "../error.ts";
import { type OptionDef } from "./definition.ts";
import { isMulti } from "./definition.ts";
import { indexedName } from "./options.ts";

/** Where a value comes from: the command line (`param`), environment or files (`config`), or nobody gave one. */
export type Source = "default" | "config" | "param";

/** An option as somebody gave it, before it is understood. */
export interface Given {
  readonly source: Exclude<Source, "default">;
  /** Texts as written; empty for a boolean. */
  readonly values: string[];
  /** `--no-x`, or a boolean set to n. */
  readonly negated: boolean;
  /** `--reset-x`: nothing but the default counts. */
  readonly reset: boolean;
}

/** What was given, by option name and index (0 for options without group). The first source to give one wins. */
export type GivenOptions = Map<string, Map<number, Given>>;

/** What was given for one option and index. */
export function givenFor(options: GivenOptions, name: string, key: number): Given | undefined {
  return options.get(name)?.get(key);
}

/** Adds an option; the caller has made sure that nothing with precedence is there. */
export function addGiven(options: GivenOptions, at: { name: string; key: number }, given: Given): void {
  let keys = options.get(at.name);
  if (keys === undefined) options.set(at.name, keys = new Map());
  keys.set(at.key, given);
}

/** Joins what the command line repeats: values of lists and hashes are appended, anything else is error 31. */
export function addRepeated(
  options: GivenOptions,
  at: { name: string; key: number },
  { given, def }: { given: Given; def: OptionDef },
): void {
  const before = givenFor(options, at.name, at.key);
  if (before === undefined) return addGiven(options, at, given);
  const shown = indexedName(at.name, at.key);
  if (before.negated && given.negated) fail("optionInvalid", `option '${shown}' is negated multiple times`);
  if (before.reset && given.reset) fail("optionInvalid", `option '${shown}' is reset multiple times`);
  const reset = before.reset || given.reset;
  const negated = before.negated || given.negated;
  if (negated && reset) fail("optionInvalid", `option '${shown}' cannot be negated and reset`);
  if (negated) fail("optionInvalid", `option '${shown}' cannot be set and negated`);
  if (reset) fail("optionInvalid", `option '${shown}' cannot be set and reset`);
  if (!isMulti(def)) fail("optionInvalid", `option '${shown}' cannot be set multiple times`);
  before.values.push(...given.values);
}
