import { fail } from "../error.ts";
import type { OptionDef, OptionGroup } from "./definition.ts";
import { asChoice, type Dependency, dependencyKey, failUnmet, isMet, readDependency } from "./dependency.ts";
import type { Scope } from "./environment.ts";
import { type Given, givenFor, type Source } from "./given.ts";
import { type OptionValue, PROGRAM_ITSELF, readOptionValue } from "./option_value.ts";
import { indexedName, isValidFor, overrideOf, sortedNames } from "./options.ts";

/** What an option came to: its value, who gave it and how it was written. */
export interface OptionEntry {
  readonly value: OptionValue | undefined;
  readonly source: Source;
  /** As written, or the default; empty for booleans and for options without value. */
  readonly texts: readonly string[];
  readonly negated?: true;
  readonly reset?: true;
}

/** Every option valid for the command by name and index (0 without group), and the configured indexes of the groups. */
export interface ResolvedOptions {
  readonly entries: ReadonlyMap<string, ReadonlyMap<number, OptionEntry>>;
  readonly keys: Readonly<Record<OptionGroup, readonly number[]>>;
}

type Entries = Map<string, Map<number, OptionEntry>>;

/**
 * Gives every option its value: defaults, dependencies, types, limits. Without `complete` (help) options that are
 * required may be missing. Errors: 31 not valid for the command or dependency unmet, 32 bad value, 37 missing.
 */
export function resolveOptions(scope: Scope, { complete }: { complete: boolean }): ResolvedOptions {
  refuseForeign(scope);
  const found = { pg: foundKeys(scope, "pg"), repo: foundKeys(scope, "repo") };
  const entries: Entries = new Map();
  for (const name of resolutionOrder(scope)) {
    const { group } = scope.table[name]!;
    const byKey = new Map<number, OptionEntry>();
    entries.set(name, byKey);
    for (const key of group === undefined ? [0] : found[group]) {
      byKey.set(key, resolveOne({ name, key, complete, entries }, scope));
    }
  }
  const keys = { pg: dropUnused(entries, "pg", { found, scope }), repo: dropUnused(entries, "repo", { found, scope }) };
  checkSelection(entries, keys);
  return { entries, keys };
}

/** Options of the command line that mean nothing to the command; the alphabetically first is named. */
function refuseForeign({ given, table, command, role }: Scope): void {
  for (const name of [...given.keys()].sort()) {
    if (!isValidFor(table[name]!, command, role)) {
      fail("optionInvalid", `option '${name}' not valid for command '${command}'`);
    }
  }
}

/** Indexes of a group for which something was given; the first cluster always counts, and there is at least one. */
function foundKeys({ given, table }: Scope, group: OptionGroup): number[] {
  const keys = new Set<number>(group === "pg" ? [1] : []);
  for (const [name, byKey] of given) {
    if (table[name]!.group !== group) continue;
    for (const [key, option] of byKey) if (!option.reset) keys.add(key);
  }
  return keys.size === 0 ? [1] : [...keys].sort((a, b) => a - b);
}

/** Valid options so that each comes after what it depends on: stanza, then alphabetical sweeps. */
function resolutionOrder(scope: Scope): string[] {
  const { table, command, role } = scope;
  let waiting = sortedNames(table).filter((name) => name !== "stanza" && isValidFor(table[name]!, command, role));
  const others = new Map(waiting.map((name) => [name, dependencyOf(name, scope)?.name]));
  const order = new Set<string>(table["stanza"] && isValidFor(table["stanza"], command, role) ? ["stanza"] : []);
  while (waiting.length > 0) {
    const before = order.size;
    for (const name of waiting) {
      const other = others.get(name);
      if (other === undefined || order.has(other) || !others.has(other)) order.add(name);
    }
    if (order.size === before) fail("assert", `options depend on each other: ${waiting.join(", ")}`);
    waiting = waiting.filter((name) => !order.has(name));
  }
  return [...order];
}

function dependencyOf(name: string, { table, command }: Scope): Dependency | undefined {
  const def = table[name]!;
  const override = overrideOf(def, command).dependsOn;
  const text = override === undefined ? def.dependsOn : override;
  return text === undefined || text === null ? undefined : readDependency(text);
}

interface Place {
  name: string;
  key: number;
  complete: boolean;
  entries: Entries;
}

function resolveOne(place: Place, scope: Scope): OptionEntry {
  const { name, key, entries } = place;
  const def = scope.table[name]!;
  const given = givenFor(scope.given, name, key);
  const dependency = dependencyOf(name, scope);
  if (dependency === undefined) return chooseValue(place, { def, given, scope });
  const other = entries.get(dependency.name)?.get(dependencyKey(key, scope.table[dependency.name]))?.value;
  if (isMet(dependency, other)) {
    const choice = { of: dependency.name, is: asChoice(other)! };
    return chooseValue(place, { def, given, scope, choice });
  }
  const isSet = given !== undefined && !given.reset && (def.type === "boolean" || !given.negated);
  if (isSet && given.source === "param") failUnmet(indexedName(name, key), dependency, { key, table: scope.table });
  if (def.unmet !== KEEPS_ITSELF) return def.unmet === undefined ? NOTHING : asDefault(def, def.unmet, scope);
  return { ...NOTHING, value: chooseValue(place, { def, given, scope }).value };
}

/** In the place of an unmet value: the option keeps its own. */
const KEEPS_ITSELF = "<itself>";

const NOTHING: OptionEntry = { value: undefined, source: "default", texts: [] };

interface Circumstances {
  def: OptionDef;
  given: Given | undefined;
  scope: Scope;
  /** The option this one depends on, and its value. */
  choice?: { of: string; is: string };
}

/** The value of an option whose dependency, if any, is met. */
function chooseValue(place: Place, { def, given, scope, choice }: Circumstances): OptionEntry {
  if (given !== undefined && !given.reset) return readGiven(place, { def, given, scope, ...(choice && { choice }) });
  const reset = given?.reset ? { reset: true as const } : {};
  const override = overrideOf(def, scope.command);
  const general = override.default === undefined ? def.default : override.default;
  const text = general ?? (choice === undefined ? undefined : def.by?.[choice.is]?.default);
  if (text !== undefined && text !== null) return { ...asDefault(def, text, scope), ...reset };
  if (place.complete && isRequired(def, scope)) failRequired(place, { def, scope });
  return { ...NOTHING, ...reset };
}

function readGiven(
  { name, key }: Place,
  { def, given, scope, choice }: Circumstances & { given: Given },
): OptionEntry {
  const { source, values: texts } = given;
  if (def.type === "boolean") {
    return { value: !given.negated, source, texts: [], ...(given.negated && { negated: true as const }) };
  }
  if (given.negated) return { value: def.boolLike ? "n" : undefined, source, texts: [], negated: true };
  const limits = choice === undefined ? undefined : def.by?.[choice.is];
  const value = readOptionValue(def, texts, {
    shown: indexedName(name, key),
    allow: overrideOf(def, scope.command).allow ?? def.allow,
    range: limits?.range ?? def.range,
    because: limits?.range === undefined ? "" : because(choice!, { key, scope }),
    warn: scope.warn,
  });
  return { value, source, texts };
}

function because(choice: { of: string; is: string }, { key, scope }: { key: number; scope: Scope }): string {
  const other = indexedName(choice.of, dependencyKey(key, scope.table[choice.of]));
  return ` when '${other}' option = '${choice.is}'`;
}

function asDefault(def: OptionDef, text: string, { warn }: Scope): OptionEntry {
  const value = text === PROGRAM_ITSELF ? text : readOptionValue(def, [text], { shown: "default", warn });
  return { value, source: "default", texts: def.type === "boolean" ? [] : [text] };
}

function isRequired(def: OptionDef, { command, role }: Scope): boolean {
  // The host of a repository need not know the cluster.
  if (role === "remote" && def.group === "pg") return false;
  if (overrideOf(def, command).required) return true;
  return def.required === true && !def.optionalFor?.includes(command);
}

function failRequired({ name, key }: Place, { def, scope }: { def: OptionDef; scope: Scope }): never {
  const hint = def.section === "stanza" ? { hint: "does this stanza exist?" } : {};
  fail("optionRequired", `${scope.command} command requires option: ${indexedName(name, key)}`, hint);
}

/** Removes indexes for which nothing but defaults remains; when that is all of them one stays, as index 1. */
function dropUnused(
  entries: Entries,
  group: OptionGroup,
  { found, scope }: { found: Record<OptionGroup, number[]>; scope: Scope },
): number[] {
  const options = [...entries].filter(([name]) => scope.table[name]!.group === group).map(([, byKey]) => byKey);
  const used = found[group].filter((key) => options.some((byKey) => byKey.get(key)!.source !== "default"));
  const kept = used.length > 0 ? used : [1];
  for (const byKey of options) {
    const first = byKey.get(found[group][0]!)!;
    for (const key of found[group]) if (!kept.includes(key)) byKey.delete(key);
    if (used.length === 0) byKey.set(1, first);
  }
  return kept;
}

/** Options `repo` and `pg` name an index that must be configured. */
function checkSelection(entries: Entries, keys: Record<OptionGroup, number[]>): void {
  for (const group of ["pg", "repo"] as const) {
    const selected = entries.get(group)?.get(0)?.value;
    if (typeof selected === "number" && !keys[group].includes(selected)) {
      fail("optionInvalidValue", `key '${selected}' is not valid for '${group}' option`);
    }
  }
}
