import { BackRestError } from "../../error.ts";
import { decodeRaw, printable } from "../../repository/raw_text.ts";
import { unreadableName } from "../../storage/posix.ts";

/** A name as a listing gives it. */
export interface ListedName {
  name: string;
  /** The name after it in byte order. */
  next: string | undefined;
  /** Whether something can be reached under it. */
  reachable: boolean;
}

/**
 * Whether a manifest cannot carry a name exactly: it holds a line feed, or is not UTF-8. Deno shows bytes that are not as
 * U+FFFD and then cannot open the file, or opens another one whose name really is that.
 */
export function cannotBeCarried({ name, next, reachable }: ListedName): boolean {
  return name.includes("\n") || name.includes("\ufffd") && (!reachable || name === next);
}

/**
 * The error (41) for a name that a manifest cannot carry exactly, with the name as its bytes are: Deno does not show
 * them, so `find` is asked.
 */
export async function foreignNameError(folder: string, shown: string): Promise<BackRestError> {
  const escaped = printable(await rawName(folder, shown));
  return new BackRestError("fileOpen", `unable to handle file '${folder}/${escaped}': ${reason(shown)}`, {
    file: `${folder}/${escaped}`,
    hint: "rename or remove it; PostgreSQL itself never makes such names.",
  });
}

function reason(shown: string): string {
  return shown.includes("\n") ? "its name contains a line feed" : "its name is not valid UTF-8";
}

async function rawName(folder: string, shown: string): Promise<string> {
  if (!shown.includes("\ufffd")) return shown;
  const args = [folder, "-mindepth", "1", "-maxdepth", "1", "-print0"];
  const { success, stdout } = await new Deno.Command("find", { args, stderr: "null" }).output();
  if (!success) throw unreadableName(folder, shown);
  const lossy = new TextDecoder();
  for (const path of split(stdout)) {
    const name = path.subarray(path.lastIndexOf(0x2f) + 1);
    if (lossy.decode(name) === shown && !isValid(name)) return decodeRaw(name);
  }
  return shown;
}

function* split(bytes: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}

function isValid(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
