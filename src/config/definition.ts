import type { CommandName, CommandSet, Role } from "./commands.ts";

/** How the text of an option becomes a value. */
export type OptionType = "boolean" | "integer" | "size" | "time" | "string" | "path" | "string-id" | "list" | "hash";

/** Options that exist once per cluster (`pg1-path`) or once per repository (`repo1-path`). */
export type OptionGroup = "pg" | "repo";

/** Role of a process that another one started. */
export type ChildRole = Exclude<Role, "main">;

/** What a command changes about an option; null takes the general value away. */
export interface CommandOverride {
  readonly default?: string | null;
  readonly allow?: readonly string[];
  readonly required?: true;
  readonly dependsOn?: string | null;
}

/**
 * An option. All values stand as the user would type them. Source: the option table of pgBackRest 2.59.1 as observed;
 * what is marked `ours` is not part of it.
 */
export interface OptionDef {
  /** Where it may be set: anywhere but files, in every section of a file, or in stanza sections only. */
  readonly section: "command-line" | "global" | "stanza";
  readonly type: OptionType;
  readonly group?: OptionGroup;
  /** Commands it is valid for, by name or as one of the sets in commands.ts. */
  readonly commands: CommandSet | readonly CommandName[];
  /** Commands taken out of the set. */
  readonly except?: readonly CommandName[];
  /** Roles other than main it is valid for, with the same commands (those of them that have the role). */
  readonly roles?: "all" | readonly ChildRole[];
  /** Roles it is valid for with other commands than the ones above. */
  readonly roleCommands?: { readonly [role in ChildRole]?: "all" | readonly CommandName[] };
  /** `<argv0>` stands for the program as it was called. */
  readonly default?: string;
  /**
   * Value when what it depends on is not the case; without it the option then has no value. `<itself>` keeps the value it
   * would have, without showing or handing it on.
   */
  readonly unmet?: string;
  /** Error 37 when it ends up without a value. */
  readonly required?: true;
  readonly optionalFor?: readonly CommandName[];
  /** Values of a `string-id`, or the sizes to choose from. */
  readonly allow?: readonly string[];
  /** Smallest and largest value. */
  readonly range?: readonly [string, string];
  /** Default and range by the value of the option it depends on. */
  readonly by?: { readonly [value: string]: { readonly default?: string; readonly range?: readonly [string, string] } };
  /** `option` (must have a value), `option=value` or `option=value|value`; same index for options of one group. */
  readonly dependsOn?: string;
  readonly per?: { readonly [command in CommandName]?: CommandOverride };
  /** True when `--no-` works although the type and section alone do not allow it. */
  readonly negatable?: true;
  /** Never on the command line, never shown, never handed to a child. */
  readonly secure?: true;
  /** Hidden from help, for all commands or for the ones named. */
  readonly internal?: true | readonly CommandName[];
  /** A `string-id` with y and n among its values: `--option` and `--no-option` work too. */
  readonly boolLike?: true;
  /** Deprecated names; `db-path` means index 1, `db?-path` takes one. */
  readonly aliases?: readonly string[];
  /** An option pgBackRest does not have. */
  readonly ours?: true;
  /** Commands for which pgBackRest does not have it. */
  readonly oursFor?: readonly CommandName[];
}

/** Options by name. The program's own is OPTIONS; tests may pass another. */
export type OptionTable = Readonly<Record<string, OptionDef>>;

/** Whether an option takes several values. */
export function isMulti(def: OptionDef): boolean {
  return def.type === "list" || def.type === "hash";
}

/** Whether `--no-<option>` is allowed. */
export function isNegatable(def: OptionDef): boolean {
  return def.negatable === true || def.boolLike === true || (def.type === "boolean" && def.section !== "command-line");
}

/** Whether `--reset-<option>` is allowed. */
export function isResettable(def: OptionDef): boolean {
  return def.section !== "command-line";
}
