import { COMMAND_NAMES, type CommandName, COMMANDS } from "../config/commands.ts";
import { COMMAND_TEXTS } from "../config/help/commands.ts";
import { optionSection, optionText } from "../config/help/option_texts.ts";
import { type HelpSection } from "../config/help/text.ts";
import { isHidden, OPTIONS } from "../config/options.ts";
import type { ResolvedOptions } from "../config/resolution.ts";
import { ERROR_CODES } from "../error.ts";
import { currentValues, defaultText, oneValue } from "./option_state.ts";
import { wrapRows, wrapText } from "./wrap.ts";

/** What a page is about and for. */
export interface PageRequest {
  /** Name and version of the program, as the title shows them. */
  readonly title: string;
  /** Name the program is called by. */
  readonly program: string;
  readonly command: CommandName;
  readonly resolved: ResolvedOptions;
}

const INTERNAL = "FOR INTERNAL USE ONLY. DO NOT USE IN PRODUCTION.";
const OURS = "(not in pgBackRest)";

/** Exit statuses that are not errors of the table. */
const EXIT_ROWS: readonly (readonly [string, string])[] = [
  ["    0", "success"],
  ["    1", "archive-get: no repository has the file; repo-get --ignore-missing: no such file"],
];

/** Which commands there are. */
export function generalHelp({ title, program }: Pick<PageRequest, "title" | "program">): string {
  const shown = COMMAND_NAMES.filter((command) => !COMMANDS[command].internal);
  const column = 4 + Math.max(...shown.map((command) => command.length)) + 2;
  return page([
    `${title} - General help`,
    "",
    "Usage:",
    `    ${program} [options] [command]`,
    "",
    "Commands:",
    ...wrapRows(
      shown.map((command) => [`    ${command}`, marked(inList(COMMANDS[command].summary), COMMANDS[command].ours)]),
      column,
    ),
    "",
    "Exit status:",
    ...wrapRows(
      [...EXIT_ROWS, ["    25+", `error; the number stands in the message, see '${program} help help'`]],
      column,
    ),
    "",
    `Use '${program} help [command]' for more information.`,
  ]);
}

/** What a command does and its options with what they are set to. */
export function commandHelp(request: PageRequest): string {
  const { title, program, command } = request;
  const { summary, internal, usage } = COMMANDS[command];
  const sections = optionSections(request);
  return page([
    `${title} - '${command}' command help`,
    "",
    summary,
    "",
    ...(usage === undefined ? [] : [`Usage: ${program} [options] ${command} ${usage}`, ""]),
    ...wrapText(COMMAND_TEXTS[command]),
    ...(internal ? ["", INTERNAL] : []),
    ...(command === "help" ? ["", ...exitStatus()] : []),
    ...sections,
    ...(sections.length === 0 ? [] : ["", `Use '${program} help ${command} [option]' for more information.`]),
  ]);
}

/** What an option means for a command and what it is set to. */
export function optionHelp(name: string, request: PageRequest): string {
  const { title, program, command, resolved } = request;
  const def = OPTIONS[name]!;
  const { summary, text } = optionText(name, command);
  const current = currentValues(name, resolved);
  const standard = defaultText(name, { command, program, resolved });
  const state = [
    ...(current.size === 0 ? [] : currentLines(current)),
    ...(standard === undefined ? [] : [`default: ${standard}`]),
  ];
  const old = [...new Set((def.aliases ?? []).map((alias) => alias.replace("?", "")))].filter((alias) =>
    alias !== name
  );
  return page([
    `${title} - '${command}' command - '${name}' option help`,
    "",
    ...wrapText(marked(summary, isOurs(name, command))),
    "",
    ...wrapText(text),
    ...(isHidden(def, command) ? ["", INTERNAL] : []),
    ...(state.length === 0 ? [] : ["", ...state]),
    ...(old.length === 0 ? [] : ["", `deprecated name${old.length === 1 ? "" : "s"}: ${old.join(", ")}`]),
  ]);
}

/** The sentence as it stands in a list: without full stop, and small where the first word is no name. */
export function inList(sentence: string): string {
  const text = sentence.replace(/\.$/, "");
  const first = text.split(" ")[0]!;
  return /[A-Z0-9]/.test(first.slice(1)) ? text : text[0]!.toLowerCase() + text.slice(1);
}

function optionSections(request: PageRequest): string[] {
  const { command, resolved } = request;
  const names = [...resolved.entries.keys()].filter((name) => !isHidden(OPTIONS[name]!, command)).sort();
  const column = Math.max(0, ...names.map((name) => name.length)) + "  --".length + 2;
  const bySection = Map.groupBy(names, (name) => optionSection(name, { command, def: OPTIONS[name]! }));
  const sections: HelpSection[] = ["Command", "General", "Log", "Repository", "Stanza"];
  return sections.filter((section) => bySection.has(section)).flatMap((section) => [
    "",
    `${section} Options:`,
    "",
    ...wrapRows(bySection.get(section)!.map((name) => [`  --${name}`, optionRow(name, request)]), column),
  ]);
}

function optionRow(name: string, { command, program, resolved }: PageRequest): string {
  const current = oneValue(currentValues(name, resolved));
  const standard = defaultText(name, { command, program, resolved });
  const parts = [
    ...(current === undefined ? [] : [`current=${current}`]),
    ...(standard === undefined ? [] : [`default=${standard}`]),
  ];
  const summary = marked(inList(optionText(name, command).summary), isOurs(name, command));
  return parts.length === 0 ? summary : `${summary} [${parts.join(", ")}]`;
}

function currentLines(current: ReadonlyMap<string, string | undefined>): string[] {
  const value = oneValue(current);
  if (new Set(current.values()).size === 1) return [`current: ${value}`];
  const set = [...current].filter(([, text]) => text !== undefined);
  return ["current:", ...set.map(([label, text]) => `  ${label}: ${text}`)];
}

/** Every error with its exit status, in columns. */
function exitStatus(): string[] {
  const cells = Object.entries(ERROR_CODES).map(([name, code]) => `${String(code).padStart(5)}  ${name}`.padEnd(30));
  const height = Math.ceil(cells.length / 2);
  const rows = cells.slice(0, height).map((cell, row) => `${cell}${cells[height + row] ?? ""}`.trimEnd());
  return ["Exit Status:", "", ...wrapRows(EXIT_ROWS, 7), ...rows];
}

function isOurs(name: string, command: CommandName): boolean {
  return OPTIONS[name]!.ours === true || OPTIONS[name]!.oursFor?.includes(command) === true;
}

function marked(text: string, ours: boolean | undefined): string {
  return ours ? `${text} ${OURS}` : text;
}

function page(lines: string[]): string {
  return lines.join("\n") + "\n";
}
