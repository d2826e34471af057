import { COMMANDS } from "../config/commands.ts";
import type { Configuration } from "../config/configuration.ts";

/** First line a process writes into its log file. */
const HEADER = "-------------------PROCESS START-------------------\n";

/** Permission bits of a log file. */
const MODE = 0o640;

/** Path of a run's log file; undefined when it writes none. */
export function logFilePath({ command, role, options }: Configuration): string | undefined {
  if (!options.isValid("log-level-file") || options.get("log-level-file") === "off") return undefined;
  const asked = options.source("log-level-file") === "param";
  if (!asked && role !== "async" && !(role === "main" && COMMANDS[command].logFile)) return undefined;
  const child = role === "local" || role === "remote";
  const parts = [
    options.find("stanza") ?? "all",
    command,
    ...(child && options.find("archive-async") ? ["async"] : []),
    ...(role === "main" ? [] : [role]),
    ...(child ? [String(options.find("process") ?? 0).padStart(3, "0")] : []),
  ];
  return `${options.get("log-path")}/${parts.join("-")}.log`;
}

/** A log file open for appending; disposing closes it. */
export interface LogFile extends Disposable {
  /** Writes whole lines, after a header with the first of them. */
  write(text: string): void;
}

/** Opens a log file. Throws what the system says when it can not be opened. */
export function openLogFile(path: string): LogFile {
  const file = Deno.openSync(path, { append: true, create: true, mode: MODE });
  let header = file.statSync().size > 0 ? `\n${HEADER}` : HEADER;
  return {
    write(text: string): void {
      writeAll(file, header + text);
      header = "";
    },
    [Symbol.dispose]: () => file.close(),
  };
}

/** Writes a text to its end. */
export function writeAll(file: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(file.writeSync(bytes));
}
