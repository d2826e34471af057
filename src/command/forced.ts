import type { Invocation } from "../cli/invocation.ts";
import { readConfigFile, readFolder } from "../cli/machine.ts";
import { type CommandLine, parseCommandLine } from "../config/command_line.ts";
import type { Configuration } from "../config/configuration.ts";
import { addGiven, type Given, type GivenOptions } from "../config/given.ts";
import { loadConfiguration } from "../config/load.ts";
import type { OptionEntry } from "../config/resolution.ts";
import { placedEntries } from "../config/option_words.ts";
import { indexedName, isValidFor, OPTIONS } from "../config/options.ts";
import { asError, fail } from "../error.ts";
import { readQuotedWords } from "../wire/shell.ts";
import { serveOther } from "./remote.ts";
import { permissionsOf } from "./remote/limits.ts";

/** Where sshd puts what the other host wanted to run. */
const ORIGINAL = "SSH_ORIGINAL_COMMAND";

/**
 * Options that describe the connection only, and so are taken from the other host. All others are decided here: what that
 * host gives has to be what they are here anyway.
 */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  "buffer-size",
  "compress-level-network",
  "db-timeout",
  "exec-id",
  "io-timeout",
  "log-level-console",
  "log-level-file",
  "log-level-stderr",
  "log-subprocess",
  "process",
  "protocol-timeout",
  "remote-type",
  "sck-keep-alive",
  "tcp-keep-alive-count",
  "tcp-keep-alive-idle",
  "tcp-keep-alive-interval",
]);

/**
 * The forced command of an ssh key: serves the other host as far as the options given here let it. What that host wanted to
 * run is read, never run: it has to be this program in role remote, with the stanza and repository given here.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration: { options } } = invocation;
  const line = wantedLine(Deno.env.get(ORIGINAL));
  const stanza = options.get("stanza");
  const configuration = loadOwn(invocation, line);
  refuseOthers(line, configuration, options.get("repo"));
  const limits = { permissions: permissionsOf(options.get("remote-allow")), stanza };
  return await serveOther({ ...invocation, configuration }, limits);
}

/** What the other host wants, as a command line. Error 105 for anything but this program in role remote. */
export function wantedLine(original: string | undefined): CommandLine {
  const words = original === undefined ? undefined : readQuotedWords(original)?.slice(1);
  if (words === undefined) failOther("what it wants to run is no command of pg_backrest");
  const line = parsed(words);
  return line.role === "remote" ? line : failOther(`${line.command} is not served`);
}

function parsed(words: readonly string[]): CommandLine {
  try {
    return parseCommandLine(words);
  } catch (error) {
    failOther(asError(error).message);
  }
}

function failOther(reason: string): never {
  fail("access", `this key serves pg_backrest on another host and nothing else: ${reason}`, {
    hint: "command remote is for the command= of authorized_keys.",
  });
}

/** The configuration of this host for what is wanted, with what the other host may say about the connection. */
function loadOwn({ configuration, program, log }: Invocation, { command, role, given }: CommandLine): Configuration {
  const own: GivenOptions = new Map();
  for (const { name, key, def, entry } of placedEntries(configuration.data)) {
    if (entry.source !== "param" || name === "exec-id" || !isValidFor(def, command, role)) continue;
    const { texts, negated, reset } = entry;
    addGiven(own, { name, key }, {
      source: "param",
      values: [...texts],
      negated: negated === true,
      reset: reset === true,
    });
  }
  for (const [name, byKey] of given) {
    const isTaken = OF_THE_CONNECTION.has(name) || name === "repo" || name === "stanza" && !own.has("stanza");
    if (!isTaken || !isValidFor(OPTIONS[name]!, command, role)) continue;
    for (const [key, option] of byKey) if (own.get(name)?.get(key) === undefined) addGiven(own, { name, key }, option);
  }
  const reader = { file: readConfigFile, folder: readFolder };
  const line = { command, role, args: [], given: own };
  return loadConfiguration(line, { variables: Deno.env.toObject(), reader, program, warn: log.warn });
}

/** Error 105 for every option of the other host that is another one here: stanza, repository, paths, programs. */
function refuseOthers(line: CommandLine, { options, data }: Configuration, repo: number | undefined): void {
  for (const [name, byKey] of line.given) {
    if (OF_THE_CONNECTION.has(name)) continue;
    for (const [key, option] of byKey) {
      if (!isSame(option, data.entries.get(name)?.get(key))) failOption(indexedName(name, key), option.values);
    }
  }
  if (repo !== undefined && options.get("remote-type") === "repo" && options.get("repo") !== repo) {
    failOption("repo", [String(options.get("repo"))]);
  }
}

/** Whether an option of the other host says what holds here anyway. */
function isSame({ values, negated, reset }: Given, here: OptionEntry | undefined): boolean {
  if (here === undefined) return false;
  if (reset) return here.source === "default";
  if (typeof here.value === "boolean") return here.value === !negated;
  return negated ? here.value === undefined : values.join("\0") === here.texts.join("\0");
}

function failOption(name: string, values: readonly string[]): never {
  fail("access", `option '${name}' of the other host (${values.join(", ")}) is not what it is here`, {
    hint: "take it out of the configuration of the other host: this host decides about it.",
  });
}
