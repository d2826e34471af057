import { fail } from "../error.ts";
import type { CommandName, Role } from "./commands.ts";
import type { OptionGroup } from "./definition.ts";
import type { Source } from "./given.ts";
import { type OptionValue, type PlainValue, PROGRAM_ITSELF, type ValueOf } from "./option_value.ts";
import { indexedName, type OptionName, OPTIONS } from "./options.ts";
import type { OptionEntry, ResolvedOptions } from "./resolution.ts";

/** A run of the program as plain data; crosses to worker threads. */
export interface ConfigurationData extends ResolvedOptions {
  readonly command: CommandName;
  readonly role: Role;
  readonly args: readonly string[];
  /** What help was asked about. */
  readonly topic?: { readonly command?: CommandName; readonly options: readonly string[] };
}

/** A value to put in the place of a default, as the rules between options do. */
export interface Change {
  readonly name: OptionName;
  readonly key: number;
  readonly value: OptionValue;
}

/** What a rule between options found: warnings to log and defaults to replace. */
export interface Ruling {
  readonly warnings?: readonly string[];
  readonly changes?: readonly Change[];
}

/** What to do, with which arguments and options. */
export interface Configuration {
  readonly command: CommandName;
  readonly role: Role;
  readonly args: readonly string[];
  readonly topic?: ConfigurationData["topic"];
  readonly options: Options;
  /** The same as plain data, to be read by {@linkcode openConfiguration} elsewhere. */
  readonly data: ConfigurationData;
}

/** Makes a configuration of its data. `program` tells how this program is called, for options that default to it. */
export function openConfiguration(data: ConfigurationData, program: () => string): Configuration {
  const { command, role, args, topic } = data;
  return { command, role, args, ...(topic && { topic }), options: new Options(data, program), data };
}

/** The configuration with some defaults replaced; the source of these options stays `default`. */
export function changeDefaults(
  configuration: Configuration,
  changes: readonly Change[],
  program: () => string,
): Configuration {
  if (changes.length === 0) return configuration;
  const entries = new Map(configuration.data.entries);
  for (const { name, key, value } of changes) {
    const byKey = new Map(entries.get(name));
    const entry = byKey.get(key) ?? { source: "default", texts: [] };
    entries.set(name, byKey.set(key, { ...entry, value, texts: [] }));
  }
  return openConfiguration({ ...configuration.data, entries }, program);
}

/**
 * Values of the options valid for a command. Options of a group take an index; without one the selected cluster or
 * repository counts (options `pg` and `repo`), else the lowest. Sizes are bytes, times are milliseconds.
 */
export class Options {
  readonly #data: ConfigurationData;
  readonly #program: () => string;

  constructor(data: ConfigurationData, program: () => string) {
    this.#data = data;
    this.#program = program;
  }

  /** Value of an option; error 25 when the option is not valid for the command (see {@linkcode isValid}). */
  get<N extends OptionName>(name: N, key?: number): ValueOf<N> {
    const { value } = this.entry(name, key);
    return (value === PROGRAM_ITSELF ? this.#program() : value) as ValueOf<N>;
  }

  /** Value of an option that the command can not do without; error 37 when it has none. */
  need<N extends OptionName>(name: N, key?: number): PlainValue<N> {
    const value = this.get(name, key);
    if (value !== undefined) return value as PlainValue<N>;
    const shown = indexedName(name, this.#keyOf(name, key));
    fail("optionRequired", `${this.#data.command} command requires option: ${shown}`);
  }

  /** Value of an option, undefined also when it is not valid for the command. */
  find<N extends OptionName>(name: N, key?: number): PlainValue<N> | undefined {
    return this.isValid(name) ? this.get(name, key) as PlainValue<N> | undefined : undefined;
  }

  /** Whether the option means something to the command in its role. */
  isValid(name: OptionName): boolean {
    return this.#data.entries.has(name);
  }

  /** Whether somebody gave the option; false for a default. */
  isSet(name: OptionName, key?: number): boolean {
    return this.isValid(name) && this.source(name, key) !== "default";
  }

  /** Who gave the option. */
  source(name: OptionName, key?: number): Source {
    return this.entry(name, key).source;
  }

  /** Configured indexes of a group, ascending; never empty. */
  keys(group: OptionGroup): readonly number[] {
    return this.#data.keys[group];
  }

  /** The repositories to work on: the selected one, else all. */
  selected(group: OptionGroup): readonly number[] {
    const key = this.find(group);
    return key === undefined ? this.keys(group) : [key];
  }

  /** Everything known about an option; error 25 when it is not valid for the command or the index not configured. */
  entry(name: OptionName, key?: number): OptionEntry {
    const entry = this.#data.entries.get(name)?.get(this.#keyOf(name, key));
    return entry ?? fail("assert", `option '${name}' has no value for command '${this.#data.command}'`);
  }

  #keyOf(name: OptionName, key: number | undefined): number {
    const group = OPTIONS[name]!.group;
    if (group === undefined) return 0;
    return key ?? this.selected(group)[0]!;
  }
}
