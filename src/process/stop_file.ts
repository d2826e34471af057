import { fail } from "../error.ts";
import { isMissing, storageError } from "../storage/os_error.ts";

/** File in the lock folder whose presence stops the commands of a stanza, or of all stanzas. */
export function stopFile(folder: string, stanza: string | undefined): string {
  return `${folder}/${stanza ?? "all"}.stop`;
}

/** Error 62 when a stop file of the stanza or of all stanzas exists. */
export function checkStopFiles(folder: string, stanza: string): void {
  if (present(stopFile(folder, stanza))) {
    fail("stop", `stop file exists for stanza ${stanza}`, {
      hint: `let it work again with: pg_backrest --stanza=${stanza} start`,
    });
  }
  if (present(stopFile(folder, undefined))) {
    fail("stop", "stop file exists for all stanzas", { hint: "let them work again with: pg_backrest start" });
  }
}

function present(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw storageError("fileInfo", "look for stop file", path, error);
  }
}
