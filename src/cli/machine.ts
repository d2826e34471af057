import type { ConfigReader } from "../config/config_files.ts";
import { fail } from "../error.ts";
import { type LogFile, openLogFile, writeAll } from "./log_file.ts";

/** What the program needs of the computer it runs on; tests put their own in its place. */
export interface Machine {
  readonly variables: Readonly<Record<string, string>>;
  readonly reader: ConfigReader;
  readonly pid: number;
  /** Effective user; null where there is none. */
  readonly uid: number | null;
  now(): Date;
  /** Eight hexadecimal digits nobody can guess. */
  randomId(): string;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Width of the terminal stderr is; undefined when it is none. */
  terminalColumns(): number | undefined;
  openLogFile(path: string): LogFile;
  /** Lets the modes of files be exactly those that are asked for. */
  clearUmask(): void;
  /** Sets the nice value. Error 100. */
  setPriority(value: number): Promise<void>;
}

/** The computer itself. */
export function thisMachine(): Machine {
  return {
    variables: Deno.env.toObject(),
    reader: { file: readConfigFile, folder: readFolder },
    pid: Deno.pid,
    uid: Deno.uid(),
    now: () => new Date(),
    randomId,
    stdout: (text) => writeAll(Deno.stdout, text),
    stderr: (text) => writeAll(Deno.stderr, text),
    terminalColumns: () => Deno.stderr.isTerminal() ? Deno.consoleSize().columns : undefined,
    openLogFile,
    clearUmask: () => void Deno.umask(0),
    setPriority,
  };
}

/** Text of a file, undefined when there is none. Errors 41 and 42. */
export function readConfigFile(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    failReading(path, error);
  }
}

/** Names in a folder, undefined when there is none. Errors 41 and 42. */
export function readFolder(path: string): string[] | undefined {
  try {
    return [...Deno.readDirSync(path)].map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    failReading(path, error);
  }
}

function failReading(path: string, cause: unknown): never {
  if (cause instanceof Deno.errors.IsADirectory) {
    fail("fileRead", `unable to read '${path}': [21] Is a directory`, { cause });
  }
  if (cause instanceof Deno.errors.PermissionDenied) {
    fail("fileOpen", `unable to open file '${path}' for read: [13] Permission denied`, { cause });
  }
  fail("fileRead", `unable to read '${path}': ${cause instanceof Error ? cause.message : cause}`, { cause });
}

function randomId(): string {
  const [number] = crypto.getRandomValues(new Uint32Array(1));
  return number!.toString(16).padStart(8, "0");
}

async function setPriority(value: number): Promise<void> {
  const { setPriority } = await import("node:os");
  try {
    setPriority(0, value);
  } catch (cause) {
    fail("kernel", `unable to set priority ${value}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
