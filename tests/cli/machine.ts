import type { LogFile } from "../../src/cli/log_file.ts";
import type { Machine } from "../../src/cli/machine.ts";

/** A computer that only exists in a test, and what was written on it. */
export interface TestMachine extends Machine {
  readonly out: string[];
  readonly err: string[];
  /** Texts of log files by path. */
  readonly logs: Map<string, string>;
  /** What else was done to it, in order. */
  readonly deeds: string[];
}

/** What a test machine has. */
export interface TestMachineParts {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly columns?: number;
  /** Error of every attempt to open a log file. */
  readonly logFileError?: Error;
}

/** Makes a computer whose clock goes on by a millisecond each time it is looked at. */
export function testMachine(
  { env = {}, files = {}, uid = 1000, columns, logFileError }: TestMachineParts = {},
): TestMachine {
  const out: string[] = [];
  const err: string[] = [];
  const logs = new Map<string, string>();
  const deeds: string[] = [];
  let time = new Date(2026, 0, 31, 12, 0, 0, 0).getTime();
  return {
    variables: env,
    reader: { file: (path) => files[path], folder: () => undefined },
    pid: 77,
    uid,
    now: () => new Date(time++),
    randomId: () => "0000abcd",
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    terminalColumns: () => columns,
    openLogFile: (path) => {
      if (logFileError !== undefined) throw logFileError;
      return openLog(path, logs, deeds);
    },
    clearUmask: () => void deeds.push("umask"),
    setPriority: (value) => {
      deeds.push(`priority ${value}`);
      return Promise.resolve();
    },
    out,
    err,
    logs,
    deeds,
  };
}

function openLog(path: string, logs: Map<string, string>, deeds: string[]): LogFile {
  return {
    write: (text) => void logs.set(path, (logs.get(path) ?? "") + text),
    [Symbol.dispose]: () => void deeds.push(`closed ${path}`),
  };
}
