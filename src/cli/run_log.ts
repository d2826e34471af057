import type { Configuration } from "../config/configuration.ts";
import { describeRun } from "../config/option_words.ts";
import { asError, type BackRestError, errorText } from "../error.ts";
import { createLog, type Logger, type LogSettings } from "../log.ts";
import { VERSION } from "../version.ts";
import { type LogFile, logFilePath } from "./log_file.ts";
import type { Machine } from "./machine.ts";
import { lineDisplay, type ProgressDisplay, terminalDisplay } from "./progress_display.ts";

/** The log of a run with its file. Disposing closes the file. */
export interface RunLog extends Disposable {
  readonly log: Logger;
  /** Opens the log file of a run, in the place of the one before; a file that can not be opened is a warning. */
  openFile(configuration: Configuration): void;
  /** Begins to show the progress of a number of bytes, until it is disposed. */
  showProgress(label: string, total: number): ProgressDisplay;
}

/** Makes the log a configuration asks for; the file comes later. */
export function createRunLog(configuration: Configuration, machine: Machine): RunLog {
  let file: LogFile | undefined;
  let display: ProgressDisplay | undefined;
  const settings = logSettings(configuration);
  const above = (write: (text: string) => void) => (text: string) => {
    display?.clear();
    write(text);
  };
  const log = createLog(settings, {
    console: above(machine.stdout),
    stderr: above(machine.stderr),
    file: (text) => file?.write(text),
    now: machine.now,
  });
  const close = () => {
    file?.[Symbol.dispose]();
    file = undefined;
  };
  return {
    log,
    openFile(configuration: Configuration): void {
      close();
      file = openFile(configuration, { machine, log });
    },
    showProgress(label: string, total: number): ProgressDisplay {
      const now = () => machine.now().getTime();
      const columns = settings.console === "off" ? undefined : machine.terminalColumns();
      display = columns === undefined
        ? lineDisplay(label, total, { write: log.info, now })
        : terminalDisplay(label, total, { write: machine.stderr, now, columns });
      return display;
    },
    [Symbol.dispose]: close,
  };
}

/** Where a log writes besides its file. */
export function machineOutputs(machine: Machine): {
  console(text: string): void;
  stderr(text: string): void;
  now(): Date;
} {
  return { console: machine.stdout, stderr: machine.stderr, now: machine.now };
}

/** What the options say about the log. */
export function logSettings({ command, role, options }: Configuration): LogSettings {
  return {
    // The stdout of a remote belongs to the other host.
    console: role === "remote" || command === "remote" ? "off" : options.find("log-level-console") ?? "warn",
    stderr: options.find("log-level-stderr") ?? "off",
    file: options.find("log-level-file") ?? "off",
    timestamp: options.find("log-timestamp") ?? true,
    dryRun: options.find("dry-run") ?? false,
    processDigits: (options.find("process-max") ?? 1) >= 100 ? 3 : 2,
  };
}

/** Logs an error and returns its code, the exit status. */
export function logError(log: Logger, thrown: unknown, configuration?: Configuration): number {
  const error = asError(thrown);
  log.log(error.kind === "assert" ? "assert" : "error", errorText(error), {
    code: error.code,
    forDebug: errorReport(error, configuration),
  });
  return error.code;
}

/** What a developer needs to know about an error. */
export function errorReport(error: BackRestError, configuration: Configuration | undefined): string {
  const rule = "-".repeat(68);
  const causes = error.causes.map((cause) => `earlier: [${cause.name}] ${cause.message}`);
  return [
    rule,
    "If you report this problem, please add the following:",
    "",
    `version: ${VERSION}`,
    ...(configuration === undefined ? [] : [
      `command: ${configuration.command}${roleSuffix(configuration)}`,
      `options${describeRun(configuration)}`,
    ]),
    ...causes,
    "",
    "stack trace:",
    error.stack ?? "none",
    rule,
  ].join("\n");
}

/** The role as it stands after a command's name; nothing for main. */
export function roleSuffix({ role }: Configuration): string {
  return role === "main" ? "" : `:${role}`;
}

function openFile(
  configuration: Configuration,
  { machine, log }: { machine: Machine; log: Logger },
): LogFile | undefined {
  const path = logFilePath(configuration);
  if (path === undefined) return undefined;
  try {
    return machine.openLogFile(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "No such file or directory"
      : error instanceof Deno.errors.PermissionDenied
      ? "Permission denied"
      : String(error);
    log.warn(`unable to open log file '${path}': ${why}\nNOTE: process will continue without log file.`);
    return undefined;
  }
}
