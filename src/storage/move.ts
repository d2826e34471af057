import { osCode, storageError } from "./os_error.ts";
import { openSink, removeFile } from "./posix_file.ts";
import { openSource } from "./posix_source.ts";

/** Moves a file of this host to another name; across file systems it is copied first. Errors: 55, 41, 42, 64, 74. */
export async function moveFile(from: string, to: string): Promise<void> {
  try {
    Deno.renameSync(from, to);
    return;
  } catch (error) {
    if (osCode(error) !== "EXDEV") throw storageError("fileMove", `move '${from}' to`, to, error);
  }
  await copyFile(from, to);
  removeFile(from);
}

async function copyFile(from: string, to: string): Promise<void> {
  using source = openSource(from);
  await using sink = openSink(to, { mode: (Deno.statSync(from).mode ?? 0o600) & 0o777, sync: false });
  for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) await sink.write(chunk);
  await sink.commit();
}
