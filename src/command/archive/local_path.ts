import { fail } from "../../error.ts";
import { absolutePath } from "../../storage/path.ts";

/**
 * Absolute path of a WAL file that PostgreSQL named, which is relative to the data folder when PostgreSQL runs the
 * command. Error 37 for a relative path without pg-path, 32 when this process works in another folder than pg-path.
 */
export function resolveWalPath(
  path: string,
  { pgPath, forGet, here }: {
    pgPath: string | undefined;
    forGet: boolean;
    /** Current folder of the caller, where that is not this process. */
    here?: string;
  },
): string {
  if (path.startsWith("/")) return absolutePath(path, "/");
  if (pgPath === undefined) {
    fail("optionRequired", "option 'pg1-path' must be specified when relative wal paths are used", {
      hint: `is ${forGet ? "%f passed to archive-get" : "%f passed to archive-push"} where %p is meant? ` +
        "PostgreSQL may pass relative paths even with %p, depending on the environment.",
    });
  }
  const folder = here ?? Deno.cwd();
  if (folder !== pgPath && !isSameFolder(folder, pgPath)) {
    fail(
      "optionInvalidValue",
      `PostgreSQL working directory '${folder}' is not the same as option pg1-path '${pgPath}'`,
      {
        hint: "is pg1-path of this stanza the data_directory of the cluster that runs the command?",
      },
    );
  }
  return absolutePath(path, pgPath);
}

function isSameFolder(a: string, b: string): boolean {
  try {
    const [left, right] = [Deno.statSync(a), Deno.statSync(b)];
    return left.dev === right.dev && left.ino === right.ino;
  } catch {
    return false;
  }
}
