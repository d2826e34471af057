import { fail } from "../error.ts";
import { isNegatable, isResettable, type OptionDef, type OptionTable } from "./definition.ts";
import { indexedName } from "./options.ts";
import { nearest } from "./suggestion.ts";

/** Longest name of an option, index included. */
const MAX_LENGTH = 64;

/** Highest index of a cluster or a repository. */
export const MAX_KEY = 256;

/** What a name as written says: which option, which index (0 for none), and whether it is negated or reset. */
export interface NamedOption {
  readonly name: string;
  readonly key: number;
  readonly def: OptionDef;
  readonly negated: boolean;
  readonly reset: boolean;
}

/**
 * Finds the option a name means: its own name, with `abbreviate` a unique beginning of one, or a deprecated name.
 * Undefined when there is none. Error 31 for a name that is malformed, has an index it must not have or lacks one.
 */
export function findOption(
  text: string,
  { table, abbreviate }: { table: OptionTable; abbreviate: boolean },
): NamedOption | undefined {
  const negated = text.startsWith("no-");
  const reset = !negated && text.startsWith("reset-");
  const bare = negated ? text.slice("no-".length) : reset ? text.slice("reset-".length) : text;
  checkShape(bare);
  const { base, key } = splitIndex(bare, text);
  const name = findName(base, { table, abbreviate });
  if (name !== undefined) {
    return { name, key: checkedKey({ name, key, def: table[name]!, text }), def: table[name]!, negated, reset };
  }
  const old = findDeprecated(base, { table, abbreviate, indexed: key !== undefined });
  if (old === undefined) return undefined;
  const def = table[old]!;
  return { name: old, key: def.group === undefined ? 0 : key ?? 1, def, negated, reset };
}

/** Error 31 when the option can not be negated or reset although the name asks for it. */
export function checkPrefix(option: NamedOption, text: string): void {
  if (option.negated && !isNegatable(option.def)) fail("optionInvalid", `option '${text}' cannot be negated`);
  if (option.reset && !isResettable(option.def)) fail("optionInvalid", `option '${text}' cannot be reset`);
}

/** The valid name nearest to one that is none, with the index that was written or index 1 where one is needed. */
export function nearestOption(text: string, table: OptionTable): string | undefined {
  const prefix = /^(?:no|reset)-/.exec(text)?.[0] ?? "";
  const bare = text.slice(prefix.length);
  const match = /^(\D*?)(\d+)-/.exec(bare);
  const base = match === null
    ? bare
    : bare.slice(0, match[1]!.length) + bare.slice(match[1]!.length + match[2]!.length);
  const name = nearest(base, Object.keys(table).filter((known) => table[known]!.internal !== true));
  if (name === undefined) return undefined;
  return prefix + indexedName(name, table[name]!.group === undefined ? 0 : Number(match?.[2] ?? 1));
}

function checkShape(bare: string): void {
  if (bare.startsWith("-")) fail("optionInvalid", `option '${bare}' cannot begin with a dash`);
  if (/^\d/.test(bare)) fail("optionInvalid", `option '${bare}' cannot begin with a number`);
  if (bare.length > MAX_LENGTH) fail("optionInvalid", `option '${bare}' exceeds maximum size of ${MAX_LENGTH}`);
}

/** Takes the digits directly before the first dash out of a name. */
function splitIndex(bare: string, text: string): { base: string; key?: number } {
  const match = /^([^-]*?)(\d+)(-.*)$/.exec(bare);
  if (match === null) return { base: bare };
  const key = Number(match[2]);
  if (key > MAX_KEY) fail("optionInvalid", `option '${text}' key exceeds maximum of ${MAX_KEY}`);
  if (key === 0) fail("optionInvalid", `option '${text}' key must be greater than zero`);
  return { base: match[1]! + match[3]!, key };
}

function findName(
  base: string,
  { table, abbreviate }: { table: OptionTable; abbreviate: boolean },
): string | undefined {
  if (Object.hasOwn(table, base)) return base;
  if (!abbreviate || base === "") return undefined;
  const found = Object.keys(table).filter((name) => name.startsWith(base) && !table[name]!.ours);
  return found.length === 1 ? found[0] : undefined;
}

/** Index of an option found by its own name: options of a group need one, all others must not have one. */
function checkedKey(found: { name: string; key: number | undefined; def: OptionDef; text: string }): number {
  const { name, key, def, text } = found;
  if (def.group === undefined) {
    if (key !== undefined) fail("optionInvalid", `option '${text}' cannot have an index`);
    return 0;
  }
  if (key !== undefined) return key;
  if (def.aliases?.includes(name)) return 1;
  fail("optionInvalid", `option '${text}' requires an index`, {
    hint: `add the required index, e.g. ${indexedName(name, 1)}.`,
  });
}

/** Finds the option a deprecated name belongs to: the whole name or, abbreviated, a beginning that fits one option. */
function findDeprecated(
  base: string,
  { table, abbreviate, indexed }: { table: OptionTable; abbreviate: boolean; indexed: boolean },
): string | undefined {
  const byBeginning = new Set<string>();
  for (const [name, def] of Object.entries(table)) {
    for (const alias of def.aliases ?? []) {
      if (alias.includes("?") !== indexed) continue;
      const plain = alias.replace("?", "");
      if (plain === base) return name;
      if (abbreviate && base !== "" && plain.startsWith(base)) byBeginning.add(name);
    }
  }
  return byBeginning.size === 1 ? [...byBeginning][0] : undefined;
}
