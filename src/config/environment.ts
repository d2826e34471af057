import { fail } from "../error.ts";
import { type CommandName, type Role } from "./commands.ts";
import { isMulti, type OptionTable } from "./definition.ts";
import { addGiven, type Given, givenFor, type GivenOptions } from "./given.ts";
import { findOption, nearestOption } from "./option_name.ts";
import { isValidFor } from "./options.ts";

/** Beginning of the variables that hold the peer's options, and of those that hold ours. */
const PEER_PREFIX = "PGBACKREST_";
const OWN_PREFIX = "PG_BACKREST_";

/** What the phases after the command line share. */
export interface Scope {
  readonly table: OptionTable;
  /** The command whose options count; for `help backup` that is backup. */
  readonly command: CommandName;
  readonly role: Role;
  readonly given: GivenOptions;
  /** Told about everything that is ignored. */
  warn(text: string): void;
}

/**
 * Adds the options of the environment that the command line did not give. Unknown names are warned about, options of
 * other commands are not looked at. Errors: 31 malformed name, 32 empty value or bad boolean.
 */
export function readEnvironment(variables: Readonly<Record<string, string>>, scope: Scope): void {
  for (const [variable, value] of Object.entries(variables)) {
    const own = variable.startsWith(OWN_PREFIX);
    if (!own && !variable.startsWith(PEER_PREFIX)) continue;
    const rest = variable.slice(own ? OWN_PREFIX.length : PEER_PREFIX.length);
    readVariable(rest.toLowerCase().replaceAll("_", "-"), { own, value }, scope);
  }
}

function readVariable(text: string, { own, value }: { own: boolean; value: string }, scope: Scope): void {
  const option = text === "" ? undefined : findOption(text, { table: scope.table, abbreviate: false });
  if (option === undefined || (option.def.ours === true) !== own) {
    const near = option === undefined ? nearestOption(text, scope.table) : undefined;
    return scope.warn(withHint(`environment contains invalid option '${text}'`, near));
  }
  if (option.negated) return scope.warn(`environment contains invalid negate option '${text}'`);
  if (option.reset) return scope.warn(`environment contains invalid reset option '${text}'`);
  if (!isValidFor(option.def, scope.command, scope.role)) return;
  if (givenFor(scope.given, option.name, option.key) !== undefined) return;
  addGiven(scope.given, option, readValue(option.def, { text, value }));
}

function readValue(def: OptionTable[string], { text, value }: { text: string; value: string }): Given {
  if (value === "") fail("optionInvalidValue", `environment variable '${text}' must have a value`);
  if (def.type !== "boolean") {
    const values = isMulti(def) ? value.split(":") : [value];
    return { source: "config", values, negated: false, reset: false };
  }
  if (value !== "y" && value !== "n") {
    fail("optionInvalidValue", `environment boolean option '${text}' must be 'y' or 'n'`);
  }
  return { source: "config", values: [], negated: value === "n", reset: false };
}

/** A warning about an unknown name, with the name that was probably meant. */
export function withHint(text: string, near: string | undefined): string {
  return near === undefined ? text : `${text}\nHINT: did you mean '${near}'?`;
}
