import { BackRestError, type ErrorKind } from "../error.ts";

/** Error code of the operating system (`ENOENT`, `ENOSPC` ...), or undefined for another kind of error. */
export function osCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string") return code;
  return error instanceof Deno.errors.NotFound ? "ENOENT" : undefined;
}

/** True when the error says that a file or folder does not exist. */
export function isMissing(error: unknown): boolean {
  const code = osCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Troubles of a disk or of the network behind a file system, which may be over a moment later. */
const PASSING = new Set(["EIO", "EREMOTEIO", "ESTALE", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "EAGAIN"]);

/**
 * An error of the operating system as one of ours: `unable to <what> '<path>': <reason>`. Where the program's own
 * sandbox refused, the message says so.
 */
export function storageError(kind: ErrorKind, what: string, path: string, error: unknown): BackRestError {
  if (error instanceof BackRestError) return error;
  const hint = hintFor(osCode(error), path);
  return new BackRestError(kind, `unable to ${what} '${path}': ${reason(error)}`, {
    file: path,
    cause: error,
    retry: PASSING.has(osCode(error) ?? ""),
    ...(hint === undefined ? {} : { hint }),
  });
}

function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "this path is closed to the program (/proc, /sys and /dev are)";
  const text = error instanceof Error ? error.message : String(error);
  const end = text.search(/ \(os error \d+\)/);
  const plain = end < 0 ? text : text.slice(0, end);
  const code = osCode(error);
  return `${plain[0]?.toLowerCase() ?? ""}${plain.slice(1)}${code === undefined ? "" : ` [${code}]`}`;
}

function hintFor(code: string | undefined, path: string): string | undefined {
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `does the user who runs this command own it? Look with: ls -ld '${path}'`;
    case "ENOSPC":
    case "EDQUOT":
      return `the file system is full. Look with: df -h '${path}'`;
    case "EROFS":
      return "the file system is mounted read only";
    case "EMFILE":
    case "ENFILE":
      return "too many open files: raise the limit (ulimit -n) or lower process-max";
    default:
      return undefined;
  }
}
