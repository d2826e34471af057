/** Severity of a message, worst first. */
export type LogLevel = "assert" | "error" | "warn" | "info" | "detail" | "debug" | "trace";

/** How much an output takes: everything up to a level, or nothing. */
export type Threshold = LogLevel | "off";

/** What a log shows where. */
export interface LogSettings {
  readonly console: Threshold;
  /** Messages up to this level go to stderr and then not to the console. */
  readonly stderr: Threshold;
  readonly file: Threshold;
  /** Whether lines begin with date and time. */
  readonly timestamp: boolean;
  /** Whether messages are marked as belonging to a run that changes nothing. */
  readonly dryRun: boolean;
  /** Digits of the process number: 2, or 3 when there are 100 processes or more. */
  readonly processDigits: 2 | 3;
}

/** Where lines go. Each call gets whole lines with their line feed. */
export interface LogOutputs {
  console(text: string): void;
  stderr(text: string): void;
  file?(text: string): void;
  now(): Date;
}

/** What belongs to a message besides its text. */
export interface LogDetail {
  /** Number of the worker it comes from; 0 is main. */
  readonly process?: number;
  /** Code of an error. */
  readonly code?: number;
  /** Further lines for outputs that show debug messages, and for every output when the level is assert. */
  readonly forDebug?: string;
}

/** The log of one run. Part of the context; there is no other. */
export interface Logger {
  log(level: LogLevel, text: string, detail?: LogDetail): void;
  warn(text: string): void;
  info(text: string): void;
  detail(text: string): void;
  debug(text: string): void;
  /** Whether any output takes messages of a level; for texts that cost something to make. */
  takes(level: LogLevel): boolean;
}

/** Before the command line is understood: warnings and errors go to stderr, bare. */
export const STDERR_ONLY: LogSettings = {
  console: "off",
  stderr: "warn",
  file: "off",
  timestamp: false,
  dryRun: false,
  processDigits: 2,
};

/** Between command line and configuration: warnings and errors go to stdout, without time. */
export const EARLY_CONSOLE: LogSettings = { ...STDERR_ONLY, console: "warn", stderr: "off" };

const LEVELS: readonly Threshold[] = ["off", "assert", "error", "warn", "info", "detail", "debug", "trace"];

/** Further indentation of the levels that are for developers. */
const INDENT: Partial<Record<LogLevel, string>> = { debug: " ".repeat(4), trace: " ".repeat(8) };

/** Makes a log. Messages are written at once, in the order they come. */
export function createLog(settings: LogSettings, outputs: LogOutputs): Logger {
  const log = (level: LogLevel, text: string, detail: LogDetail = {}) => {
    const message = { level, text, detail, settings };
    const { console, stderr, file } = settings;
    if (takes(stderr, level)) outputs.stderr(formatBare(withDebug(message, stderr)));
    else if (takes(console, level)) outputs.console(formatLine(withDebug(message, console), outputs.now()));
    if (takes(file, level)) outputs.file?.(formatLine(withDebug(message, file), outputs.now()));
  };
  return loggerOf(log, (level) => {
    return [settings.console, settings.stderr, settings.file].some((threshold) => takes(threshold, level));
  });
}

function loggerOf(log: Logger["log"], takes: Logger["takes"]): Logger {
  return {
    log,
    warn: (text) => log("warn", text),
    info: (text) => log("info", text),
    detail: (text) => log("detail", text),
    debug: (text) => log("debug", text),
    takes,
  };
}

/** The same log with something in front of every message. */
export function prefixed(log: Logger, prefix: string): Logger {
  return loggerOf((level, text, detail) => log.log(level, prefix + text, detail), log.takes);
}

/** Whether an output with this threshold shows a level. */
export function takes(threshold: Threshold, level: LogLevel): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(threshold);
}

/** A message on its way into an output. */
export interface LogMessage {
  readonly level: LogLevel;
  readonly text: string;
  readonly detail: LogDetail;
  readonly settings: LogSettings;
}

/**
 * A line of console or log file: time, process, level, error code, message. Further lines of the message are indented
 * to the column where the first one's message or code begins.
 */
export function formatLine({ level, text, detail, settings }: LogMessage, now: Date): string {
  const process = `P${String(detail.process ?? 0).padStart(settings.processDigits, "0")}`;
  const time = settings.timestamp ? `${formatTime(now)} ` : "";
  const head = `${time}${process} ${level.toUpperCase().padStart(6)}: ${INDENT[level] ?? ""}`;
  return indented(head, marks(detail, settings) + text);
}

/** A line of stderr: level, error code, message. */
export function formatBare({ level, text, detail, settings }: LogMessage): string {
  return indented(`${level.toUpperCase()}: `, marks(detail, settings) + text);
}

/** Local date and time with milliseconds. */
export function formatTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function marks({ code }: LogDetail, { dryRun }: LogSettings): string {
  const error = code === undefined ? "" : `[${String(code).padStart(3, "0")}]: `;
  return dryRun ? `${error}[DRY-RUN] ` : error;
}

function indented(head: string, text: string): string {
  return `${head}${text.replaceAll("\n", `\n${" ".repeat(head.length)}`)}\n`;
}

function withDebug(message: LogMessage, threshold: Threshold): LogMessage {
  const { level, text, detail } = message;
  if (detail.forDebug === undefined || (level !== "assert" && !takes(threshold, "debug"))) return message;
  return { ...message, text: `${text}\n${detail.forDebug}` };
}
