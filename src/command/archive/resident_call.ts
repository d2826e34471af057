import type { Invocation } from "../../cli/invocation.ts";
import { readConfigFile, readFolder } from "../../cli/machine.ts";
import { parseCommandLine } from "../../config/command_line.ts";
import type { Configuration } from "../../config/configuration.ts";
import { loadConfiguration } from "../../config/load.ts";
import { isValidFor, type OptionName, OPTIONS } from "../../config/options.ts";
import { applyRules } from "../../config/rules.ts";
import type { ResidentRequest } from "../../process/resident_request.ts";

/** Options that may differ between a call and the process that answers it. */
const OWN_AFFAIRS: readonly string[] = ["archive-socket", "cmd", "exec-id", "log-level-console", "log-level-stderr"];

/**
 * What a call amounts to, read from its arguments, variables and the configuration files as they are now; undefined when
 * it is no call of this command. Whatever is wrong with it is thrown.
 */
export function readCall({ configuration, program }: Invocation, request: ResidentRequest): Configuration | undefined {
  const line = parseCommandLine(request.args);
  if (line.command !== configuration.command || line.role !== "main") return undefined;
  const reader = { file: readConfigFile, folder: readFolder };
  const from = { variables: request.variables, reader, program, warn: () => {} };
  return applyRules(loadConfiguration(line, from), program).configuration;
}

/** Whether two configurations of a command would work in the background in the same way. */
export function isSameWork(a: Configuration, b: Configuration): boolean {
  return describe(a) === describe(b);
}

function describe({ command, data: { entries, keys } }: Configuration): string {
  const names = [...entries.keys()].filter((name) =>
    !OWN_AFFAIRS.includes(name) && isValidFor(OPTIONS[name as OptionName]!, command, "async") &&
    isValidFor(OPTIONS[name as OptionName]!, command, "main")
  ).sort();
  const values = names.map((name) => [name, [...entries.get(name)!].map(([key, { value }]) => [key, value])]);
  return JSON.stringify([keys, values]);
}
