/**
 * Error names and codes of pgBackRest (the code is the exit status and crosses threads and hosts unchanged).
 * Source: the peer's observed exit codes; `notAnswered` is ours.
 */
export const ERROR_CODES = {
  assert: 25,
  checksum: 26,
  config: 27,
  fileInvalid: 28,
  format: 29,
  commandRequired: 30,
  optionInvalid: 31,
  optionInvalidValue: 32,
  optionRequired: 37,
  pgRunning: 38,
  protocol: 39,
  pathNotEmpty: 40,
  fileOpen: 41,
  fileRead: 42,
  paramRequired: 43,
  archiveMismatch: 44,
  archiveDuplicate: 45,
  versionNotSupported: 46,
  pathCreate: 47,
  commandInvalid: 48,
  hostConnect: 49,
  lockAcquire: 50,
  backupMismatch: 51,
  fileSync: 52,
  pathOpen: 53,
  pathSync: 54,
  fileMissing: 55,
  dbConnect: 56,
  dbQuery: 57,
  dbMismatch: 58,
  fileRemove: 60,
  pathRemove: 61,
  stop: 62,
  term: 63,
  fileWrite: 64,
  featureNotSupported: 67,
  archiveCommandInvalid: 68,
  linkExpected: 69,
  linkDestination: 70,
  hostInvalid: 72,
  pathMissing: 73,
  fileMove: 74,
  backupSetInvalid: 75,
  tablespaceMap: 76,
  linkMap: 78,
  fileClose: 79,
  dbMissing: 80,
  dbInvalid: 81,
  archiveTimeout: 82,
  fileMode: 83,
  archiveDisabled: 87,
  fileOwner: 88,
  fileExists: 93,
  memory: 94,
  crypto: 95,
  paramInvalid: 96,
  pathClose: 97,
  fileInfo: 98,
  jsonFormat: 99,
  kernel: 100,
  service: 101,
  execute: 102,
  repoInvalid: 103,
  command: 104,
  access: 105,
  clock: 106,
  runtime: 122,
  unhandled: 124,
  unknown: 125,
  notAnswered: 200,
} as const;

/** Name of an error of the table. */
export type ErrorKind = keyof typeof ERROR_CODES;

/** What may accompany an error. */
export interface ErrorDetail {
  /** What to type or look at next; printed on lines of its own after `HINT: `. */
  hint?: string;
  /** Host where the error arose, when it is not this one. */
  host?: string;
  /** File the error is about, for callers that go on with the next file. */
  file?: string;
  /** True when the same job may succeed if it is tried again. */
  retry?: boolean;
  /** Earlier errors this one sums up. */
  causes?: ErrorRecord[];
  /** The foreign error that was translated into this one. */
  cause?: unknown;
}

/** A {@linkcode BackRestError} as plain data, as it crosses a thread or a wire. */
export interface ErrorRecord {
  code: number;
  name: ErrorKind;
  message: string;
  hint?: string;
  host?: string;
  file?: string;
  retry: boolean;
  causes?: ErrorRecord[];
  stack?: string;
}

/** The one error type of the program. `message` never ends in a full stop and carries no code. */
export class BackRestError extends Error {
  /** pgBackRest's error name. */
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly host: string | undefined;
  readonly file: string | undefined;
  readonly retry: boolean;
  readonly causes: ErrorRecord[];

  constructor(kind: ErrorKind, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = errorTitle(kind);
    this.kind = kind;
    this.hint = detail.hint;
    this.host = detail.host;
    this.file = detail.file;
    this.retry = detail.retry ?? false;
    this.causes = detail.causes ?? [];
  }

  /** Exit status of the process when this error ends it. */
  get code(): number {
    return ERROR_CODES[this.kind];
  }
}

/** The error of a code that was written down with its text; a code of none becomes `unknown` (125). */
export function errorOfCode(code: number, text: string): BackRestError {
  const [kind = "unknown"] = Object.entries(ERROR_CODES).find(([, each]) => each === code) ?? [];
  return new BackRestError(kind as ErrorKind, text);
}

/** Throws a {@linkcode BackRestError}; reads well at the end of an expression. */
export function fail(kind: ErrorKind, message: string, detail?: ErrorDetail): never {
  throw new BackRestError(kind, message, detail);
}

/** The name as it is printed in texts: `fileMissing` -> `FileMissingError`. */
export function errorTitle(kind: ErrorKind): string {
  return kind[0]!.toUpperCase() + kind.slice(1) + "Error";
}

/** Whatever was thrown, as a {@linkcode BackRestError}; an unexpected one becomes `assert` (25), a bug of ours. */
export function asError(thrown: unknown): BackRestError {
  if (thrown instanceof BackRestError) return thrown;
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const error = new BackRestError("assert", `unexpected error: ${text}`, {
    cause: thrown,
    hint: "this is a bug in pg_backrest, please report it with the output of --log-level-console=debug",
  });
  if (thrown instanceof Error && thrown.stack !== undefined) error.stack = thrown.stack;
  return error;
}

/** The error as plain data. */
export function toRecord(thrown: unknown): ErrorRecord {
  const error = asError(thrown);
  return {
    code: error.code,
    name: error.kind,
    message: error.message,
    retry: error.retry,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.host === undefined ? {} : { host: error.host }),
    ...(error.file === undefined ? {} : { file: error.file }),
    ...(error.causes.length === 0 ? {} : { causes: error.causes }),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
  };
}

/** The error a record was made of; an unknown name (a newer program at the other end) becomes `unknown` (125). */
export function fromRecord(record: ErrorRecord): BackRestError {
  const kind = Object.hasOwn(ERROR_CODES, record.name) ? record.name : "unknown";
  const { message, stack, code: _code, name: _name, ...detail } = record;
  const error = new BackRestError(kind, message, detail);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Message and hint as the log shows them; the hint, if any, on a line of its own. */
export function errorText(error: BackRestError): string {
  const text = error.host === undefined ? error.message : `${error.message} (on host ${error.host})`;
  return error.hint === undefined ? text : `${text}\nHINT: ${error.hint.replaceAll("\n", "\nHINT: ")}`;
}
