import { commandHelp, generalHelp, optionHelp, type PageRequest } from "../cli/help_page.ts";
import type { Invocation } from "../cli/invocation.ts";
import { findOption } from "../config/option_name.ts";
import { OPTIONS } from "../config/options.ts";
import { hintNearest } from "../config/suggestion.ts";
import { fail } from "../error.ts";
import { calledName } from "../process/self.ts";
import { titleLine } from "./version.ts";

/** Prints help about the program, a command or an option. Errors: 31 no such option, 96 more than one. */
export function run({ configuration, output }: Invocation): Promise<number> {
  const program = calledName();
  const title = titleLine(program);
  const { command, options = [] } = configuration.topic ?? {};
  if (command === undefined) output(generalHelp({ title, program }));
  else {
    const request: PageRequest = { title, program, command, resolved: configuration.data };
    output(options.length === 0 ? commandHelp(request) : optionHelp(chosenOption(options, request), request));
  }
  return Promise.resolve(0);
}

function chosenOption(words: readonly string[], { command, resolved }: PageRequest): string {
  if (words.length > 1) fail("paramInvalid", "only one option allowed for option help");
  const word = words[0]!;
  const name = Object.hasOwn(OPTIONS, word) ? word : findOption(word, { table: OPTIONS, abbreviate: false })?.name;
  if (name !== undefined && resolved.entries.has(name)) return name;
  fail(
    "optionInvalid",
    `option '${word}' is not valid for command '${command}'`,
    hintNearest(word, resolved.entries.keys()),
  );
}
