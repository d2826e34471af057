import type { CommandLine } from "./command_line.ts";
import { isBare, subjectOf } from "./command_line.ts";
import { type ConfigReader, planFiles, readFiles } from "./config_files.ts";
import { type Configuration, openConfiguration } from "./configuration.ts";
import type { OptionTable } from "./definition.ts";
import { readEnvironment, type Scope } from "./environment.ts";
import { addGiven, givenFor, type GivenOptions } from "./given.ts";
import type { Sections } from "./ini.ts";
import { OPTIONS } from "./options.ts";
import { resolveOptions } from "./resolution.ts";
import { readSections, stanzaNames } from "./sections.ts";

/** Where options come from besides the command line. */
export interface Surroundings {
  readonly variables: Readonly<Record<string, string>>;
  readonly reader: ConfigReader;
  /** How this program was called. */
  program(): string;
  /** Told about everything in the configuration that is ignored, before any error. */
  warn(text: string): void;
  readonly table?: OptionTable;
}

/** What is decided for one run rather than configured. */
export interface RunSettings {
  /** Identifies the processes of one run; counts unless the command line brings one. */
  readonly execId?: string;
  /** Stanza to configure when the command line names none (check does them one by one). */
  readonly stanza?: string;
}

/**
 * Completes a command line with environment, files and defaults. Precedence: command line, environment,
 * `[stanza:command]`, `[stanza]`, `[global:command]`, `[global]`, default. Errors 29, 31, 32, 37, 41, 42, 55, 73.
 */
export function loadConfiguration(line: CommandLine, from: Surroundings, run: RunSettings = {}): Configuration {
  const { command, role, args, topic } = line;
  const about = { command, role, args, ...(topic && { topic }) };
  if (topic !== undefined && topic.command === undefined) {
    return openConfiguration({ ...about, entries: new Map(), keys: { pg: [1], repo: [1] } }, from.program);
  }
  const scope = newScope(line, from);
  if (run.stanza !== undefined) give(scope.given, "stanza", run.stanza);
  if (!isBare(line)) {
    readEnvironment(from.variables, scope);
    const files = filesFor(scope, from.reader);
    readSections(files.peer, "peer", scope);
    readSections(files.own, "own", scope);
  }
  const resolved = resolveOptions(scope, { complete: topic === undefined });
  const data = { ...about, ...(run.execId === undefined ? resolved : withExecId(resolved, run.execId)) };
  return openConfiguration(data, from.program);
}

/** Stanzas the configuration files name, for a run without one. */
export function configuredStanzas(line: CommandLine, from: Surroundings): string[] {
  const scope = newScope(line, { ...from, warn: () => {} });
  readEnvironment(from.variables, scope);
  return stanzaNames(filesFor(scope, from.reader).peer);
}

function newScope(line: CommandLine, { table = OPTIONS, warn }: Surroundings): Scope {
  const given: GivenOptions = new Map([...line.given].map(([name, byKey]) => [name, new Map(byKey)]));
  return { table, command: subjectOf(line), role: line.role, given, warn };
}

function filesFor({ given }: Scope, reader: ConfigReader): { peer: Sections; own: Sections } {
  const plan = planFiles({
    config: givenFor(given, "config", 0),
    configPath: givenFor(given, "config-path", 0),
    includePath: givenFor(given, "config-include-path", 0),
  });
  return readFiles(plan, reader);
}

function give(given: GivenOptions, name: string, value: string): void {
  addGiven(given, { name, key: 0 }, { source: "param", values: [value], negated: false, reset: false });
}

function withExecId<R extends { entries: ReturnType<typeof resolveOptions>["entries"] }>(
  resolved: R,
  execId: string,
): R {
  if (resolved.entries.get("exec-id")?.get(0)?.value !== undefined || !resolved.entries.has("exec-id")) return resolved;
  const entry = { value: execId, source: "param" as const, texts: [execId] };
  return { ...resolved, entries: new Map(resolved.entries).set("exec-id", new Map([[0, entry]])) };
}
