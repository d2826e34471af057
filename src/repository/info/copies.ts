import { asError, BackRestError, type ErrorKind, errorTitle } from "../../error.ts";
import { copyOf } from "../layout.ts";

/** What was read of a file that lies in the repository twice. */
export interface Loaded<T> {
  value: T;
  /** Path it was read from. */
  path: string;
  /** Why the main file could not be used, where the copy had to step in. */
  mainError?: BackRestError;
}

const OF_THE_WAY: readonly ErrorKind[] = [
  "hostConnect",
  "protocol",
  "execute",
  "stop",
  "lockAcquire",
  "access",
  "term",
];

/** True for an error of the way to a file, not of the file: it says nothing about it, and its copy would be no better. */
export function isOfTheWay({ kind }: BackRestError): boolean {
  return OF_THE_WAY.includes(kind);
}

/**
 * Reads a file that has a copy: the main one, and where that fails for whatever reason the copy. `load` reads one path. Throws what
 * {@linkcode bothFailed} says.
 */
export async function loadEither<T>(path: string, load: (path: string) => Promise<T>): Promise<Loaded<T>> {
  let mainError: BackRestError;
  try {
    return { value: await load(path), path };
  } catch (error) {
    mainError = asError(error);
    if (isOfTheWay(mainError)) throw mainError;
  }
  try {
    return { value: await load(copyOf(path)), path: copyOf(path), mainError };
  } catch (error) {
    throw bothFailed(path, { main: mainError, copy: asError(error) });
  }
}

/**
 * The error for a file neither copy of which can be used: of their common kind; of the other kind where one was only
 * missing; else 41. Wording and rule are the peer's.
 */
export function bothFailed(path: string, { main, copy }: { main: BackRestError; copy: BackRestError }): BackRestError {
  const kinds = new Set([main.kind, copy.kind]);
  if (kinds.size > 1) kinds.delete("fileMissing");
  const kind = kinds.size === 1 ? [...kinds][0]! : "fileOpen";
  const lines = [main, copy].map((error) => `${errorTitle(error.kind)}: ${error.message}`);
  const hint = main.hint ?? copy.hint;
  return new BackRestError(kind, `unable to load info file '${path}' or '${copyOf(path)}':\n${lines.join("\n")}`, {
    file: path,
    ...(hint === undefined ? {} : { hint }),
  });
}
