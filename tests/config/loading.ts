import { assertEquals, assertThrows } from "@std/assert";
import { parseCommandLine } from "../../src/config/command_line.ts";
import type { Configuration } from "../../src/config/configuration.ts";
import type { OptionTable } from "../../src/config/definition.ts";
import { loadConfiguration, type RunSettings } from "../../src/config/load.ts";
import { BackRestError, ERROR_CODES, type ErrorKind } from "../../src/error.ts";

/** What surrounds a command line in a test. */
export interface Around {
  /** Environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files by path; a folder is there when a file is in it or its path with a slash is named. */
  readonly files?: Readonly<Record<string, string>>;
  readonly table?: OptionTable;
  readonly run?: RunSettings;
}

/** Name the program is called by in tests. */
export const PROGRAM = "/usr/bin/pg_backrest";

/** Understands a command line; returns the configuration and what was warned about. */
export function load(
  argv: readonly string[],
  { env = {}, files = {}, table, run }: Around = {},
): { configuration: Configuration; warnings: string[] } {
  const warnings: string[] = [];
  const from = {
    variables: env,
    reader: { file: (path: string) => files[path], folder: (path: string) => namesIn(path, files) },
    program: () => PROGRAM,
    warn: (text: string) => void warnings.push(text),
    ...(table && { table }),
  };
  return { configuration: loadConfiguration(parseCommandLine(argv, table), from, run), warnings };
}

/** The options of a command line that is understood without warnings. */
export function optionsOf(argv: readonly string[], around: Around = {}): Configuration["options"] {
  const { configuration, warnings } = load(argv, around);
  assertEquals(warnings, []);
  return configuration.options;
}

/** Asserts an error by its kind and the beginning of its message; returns it. */
export function assertFails(action: () => unknown, kind: ErrorKind, message: string): BackRestError {
  const error = assertThrows(action, BackRestError);
  assertEquals([error.code, error.message.slice(0, message.length)], [ERROR_CODES[kind], message]);
  return error;
}

function namesIn(folder: string, files: Readonly<Record<string, string>>): string[] | undefined {
  const inside = Object.keys(files).filter((path) => path.startsWith(`${folder}/`));
  return inside.length === 0 ? undefined : inside.map((path) => path.slice(folder.length + 1)).filter(Boolean);
}
