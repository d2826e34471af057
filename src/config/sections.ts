import { fail } from "../error.ts";
import { isMulti } from "./definition.ts";
import { type Scope, withHint } from "./environment.ts";
import { addGiven, type Given, givenFor } from "./given.ts";
import type { Sections } from "./ini.ts";
import { findOption, type NamedOption, nearestOption } from "./option_name.ts";
import { indexedName, isValidFor } from "./options.ts";

/** Which options a file may hold: pgBackRest's or ours. */
export type FileKind = "peer" | "own";

/**
 * Adds the options of the configuration files that nothing with precedence gave. `[stanza:command]`, `[stanza]`,
 * `[global:command]` and `[global]` count, in this order. Errors: 31 names and repeats, 32 empty value or bad boolean.
 */
export function readSections(sections: Sections, kind: FileKind, scope: Scope): void {
  const stanza = givenFor(scope.given, "stanza", 0)?.values[0];
  const bases = stanza === undefined ? ["global"] : [stanza, "global"];
  for (const name of bases.flatMap((base) => [`${base}:${scope.command}`, base])) {
    const keys = sections.get(name);
    if (keys !== undefined) readSection(keys, { name, kind }, scope);
  }
}

/** Names of the stanzas the files configure, sorted: every section but global, without its command. */
export function stanzaNames(sections: Sections): string[] {
  const names = [...sections.keys()].map((section) => section.split(":")[0]!);
  return [...new Set(names)].filter((name) => name !== "global").sort();
}

function readSection(
  keys: Map<string, string[]>,
  section: { name: string; kind: FileKind },
  scope: Scope,
): void {
  const seen = new Map<string, string>();
  for (const [key, values] of keys) {
    const option = findOption(key, { table: scope.table, abbreviate: false });
    const reason = option === undefined ? unknown(key, scope) : reasonToIgnore(option, { key, section });
    if (option === undefined || reason !== undefined) {
      scope.warn(`configuration file contains ${reason}`);
      continue;
    }
    checkSpelledOnce(option, { key, section, seen });
    if (!fits(option, { key, section }, scope)) continue;
    if (givenFor(scope.given, option.name, option.key) !== undefined) continue;
    addGiven(scope.given, option, readValue(option, { key, values, section }));
  }
}

function unknown(key: string, scope: Scope): string {
  return withHint(`invalid option '${key}'`, nearestOption(key, scope.table));
}

/** Why an option can not stand in a file of this kind at all. */
function reasonToIgnore(
  { def, negated, reset }: NamedOption,
  { key, section }: { key: string; section: { kind: FileKind } },
): string | undefined {
  if (negated) return `negate option '${key}'`;
  if (reset) return `reset option '${key}'`;
  if (def.section === "command-line") return `command-line only option '${key}'`;
  if ((def.ours === true) !== (section.kind === "own")) {
    return def.ours
      ? `option '${key}' that belongs into pg_backrest.conf`
      : `pgBackRest's option '${key}' in pg_backrest.conf`;
  }
  return undefined;
}

function checkSpelledOnce(
  { name, key: index }: NamedOption,
  { key, section, seen }: { key: string; section: { name: string }; seen: Map<string, string> },
): void {
  const id = indexedName(name, index);
  const before = seen.get(id);
  if (before !== undefined) {
    const [first, second] = [before, key].sort();
    fail(
      "optionInvalid",
      `configuration file contains duplicate options ('${first}', '${second}') in section '[${section.name}]'`,
    );
  }
  seen.set(id, key);
}

/** Whether the option means something to this command in this section; warns where the peer does. */
function fits(
  { def }: NamedOption,
  { key, section }: { key: string; section: { name: string } },
  scope: Scope,
): boolean {
  if (!isValidFor(def, scope.command, scope.role)) {
    if (section.name.includes(":")) {
      scope.warn(`configuration file contains option '${key}' invalid for section '${section.name}'`);
    }
    return false;
  }
  if (def.section === "stanza" && section.name.split(":")[0] === "global") {
    scope.warn(`configuration file contains stanza-only option '${key}' in global section '${section.name}'`);
    return false;
  }
  return true;
}

function readValue(
  { name, key: index, def }: NamedOption,
  { key, values, section }: { key: string; values: string[]; section: { name: string } },
): Given {
  if (values.includes("")) fail("optionInvalidValue", `section '${section.name}', key '${key}' must have a value`);
  if (values.length > 1 && !isMulti(def)) {
    fail("optionInvalid", `option '${indexedName(name, index)}' cannot be set multiple times`);
  }
  if (def.type !== "boolean") return { source: "config", values, negated: false, reset: false };
  if (values[0] !== "y" && values[0] !== "n") {
    fail("optionInvalidValue", `boolean option '${key}' must be 'y' or 'n'`);
  }
  return { source: "config", values: [], negated: values[0] === "n", reset: false };
}
