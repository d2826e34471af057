import { fail } from "../error.ts";
import { COMMAND_NAMES, type CommandName, COMMANDS, type Role } from "./commands.ts";
import type { OptionTable } from "./definition.ts";
import { addRepeated, type GivenOptions } from "./given.ts";
import { checkPrefix, findOption, type NamedOption, nearestOption } from "./option_name.ts";
import { indexedName, OPTIONS } from "./options.ts";
import { hintNearest } from "./suggestion.ts";

/** The command line, taken apart but not yet judged: whether an option fits the command is seen later. */
export interface CommandLine {
  readonly command: CommandName;
  readonly role: Role;
  readonly args: readonly string[];
  /** What `help` is asked about; absent for every other command. */
  readonly topic?: { readonly command?: CommandName; readonly options: readonly string[] };
  readonly given: GivenOptions;
}

/**
 * Reads argv (without the program's name). Options may stand anywhere; the first other word is the command. No command
 * means help. Errors: 30 options but no command, 31 options, 32 booleans, 48 command or role, 96 arguments.
 */
export function parseCommandLine(argv: readonly string[], table: OptionTable = OPTIONS): CommandLine {
  const given: GivenOptions = new Map();
  const words: string[] = [];
  let first: { command: CommandName; role: Role } | undefined;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (word.startsWith("-")) {
      if (readOption(word, argv[at + 1], { given, table })) at++;
    } else if (first === undefined) first = parseCommand(word);
    else words.push(word);
  }
  if (first === undefined) return withoutCommand(given, table);
  if (first.command === "help") return helpAbout(words, given);
  if (words.length > 0 && COMMANDS[first.command].args === undefined) {
    fail("paramInvalid", "command does not allow parameters");
  }
  return { ...first, args: words, given };
}

/** The command whose options count: the one help is asked about, or the command itself. */
export function subjectOf(line: CommandLine): CommandName {
  return line.topic?.command ?? line.command;
}

/** Whether only help about the program itself or its version is wanted: neither environment nor files matter then. */
export function isBare(line: CommandLine): boolean {
  const subject = subjectOf(line);
  return subject === "help" || subject === "version";
}

/** Reads one option; true when it took the next word as its value. */
function readOption(
  word: string,
  next: string | undefined,
  { given, table }: { given: GivenOptions; table: OptionTable },
): boolean {
  if (!word.startsWith("--")) fail("optionInvalid", `option '${word}' must begin with --`);
  const equals = word.indexOf("=");
  const text = word.slice(2, equals === -1 ? undefined : equals);
  const inline = equals === -1 ? undefined : word.slice(equals + 1);
  const option = text === "" ? undefined : findOption(text, { table, abbreviate: true });
  if (option === undefined) {
    const near = nearestOption(text, table);
    fail("optionInvalid", `invalid option '${word}'`, near === undefined ? {} : { hint: `did you mean '--${near}'?` });
  }
  checkPrefix(option, text);
  const { values, negated, took } = readValue(option, { text, inline, next });
  if (option.def.secure) refuseSecure(indexedName(option.name, option.key));
  addRepeated(given, option, {
    given: { source: "param", values, negated, reset: option.reset },
    def: option.def,
  });
  return took;
}

/** The value that belongs to an option, inline or, for everything but switches, the next word whatever it is. */
function readValue(
  { def, negated, reset }: NamedOption,
  { text, inline, next }: { text: string; inline: string | undefined; next: string | undefined },
): { values: string[]; negated: boolean; took: boolean } {
  if (negated || reset) {
    if (inline !== undefined) fail("optionInvalid", `option '${text}' does not allow an argument`);
    return { values: [], negated, took: false };
  }
  if (def.type === "boolean") {
    if (inline !== undefined && inline !== "y" && inline !== "n") {
      fail("optionInvalidValue", `boolean option '--${text}' argument must be 'y' or 'n'`);
    }
    return { values: [], negated: inline === "n", took: false };
  }
  if (inline !== undefined) return { values: [inline], negated: false, took: false };
  if (def.boolLike) return { values: ["y"], negated: false, took: false };
  if (next === undefined) fail("optionInvalid", `option '--${text}' requires an argument`);
  return { values: [next], negated: false, took: true };
}

function refuseSecure(shown: string): never {
  fail("optionInvalid", `option '${shown}' is not allowed on the command-line`, {
    hint: "this option could expose secrets in the process list.\n" +
      "specify the option in a configuration file or an environment variable instead.",
  });
}

/** Command and role of a word like `backup` or `backup:local`. Error 48. */
function parseCommand(word: string): { command: CommandName; role: Role } {
  const colon = word.indexOf(":");
  const command = findCommand(colon === -1 ? word : word.slice(0, colon));
  if (command === undefined) {
    fail("commandInvalid", `invalid command '${word}'`, hintNearest(word, visibleCommands()));
  }
  if (colon === -1) return { command, role: "main" };
  const role = word.slice(colon + 1);
  if (role !== "async" && role !== "local" && role !== "remote") {
    fail("commandInvalid", `invalid command role '${role}'`);
  }
  if (!COMMANDS[command].roles?.includes(role)) {
    fail("commandInvalid", `invalid command/role combination '${word}'`);
  }
  return { command, role };
}

/** The command of that name or, as the peer does it, the alphabetically first one that begins with it. */
function findCommand(name: string): CommandName | undefined {
  if (name === "") return undefined;
  const own = COMMAND_NAMES.find((command) => command === name);
  return own ?? COMMAND_NAMES.filter((command) => !COMMANDS[command].ours && command.startsWith(name)).sort()[0];
}

function visibleCommands(): CommandName[] {
  return COMMAND_NAMES.filter((command) => !COMMANDS[command].internal);
}

function withoutCommand(given: GivenOptions, table: OptionTable): CommandLine {
  for (const name of given.keys()) {
    const { commands } = table[name]!;
    if (!Array.isArray(commands) || !commands.includes("help")) fail("commandRequired", "no command found");
  }
  return asked(given);
}

/** What help was called with: nothing, a command, or a command and an option. */
function helpAbout(words: string[], given: GivenOptions): CommandLine {
  const [name, ...options] = words;
  if (name === undefined) return asked(given);
  if (name.includes(":")) fail("commandInvalid", `invalid command '${name}'`);
  const { command } = parseCommand(name);
  return { command: "help", role: "main", args: words, topic: { command, options }, given };
}

/** General help, or the version where the option asks for nothing else. */
function asked(given: GivenOptions): CommandLine {
  const wants = (name: string) => given.get(name)?.get(0)?.negated === false;
  if (wants("version") && !wants("help")) return { command: "version", role: "main", args: [], given: new Map() };
  return { command: "help", role: "main", args: [], topic: { options: [] }, given };
}
