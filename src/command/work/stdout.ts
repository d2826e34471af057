import { storageError } from "../../storage/os_error.ts";

/** Thrown by {@linkcode writeStdout} when nobody reads any more; {@linkcode untilClosed} takes it for a normal end. */
class ClosedPipe extends Error {}

/** Writes bytes to stdout as they are. Error 64 when that fails for another reason than that the reader has gone. */
export function writeStdout(bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new ClosedPipe();
    throw storageError("fileWrite", "write to", "stdout", error);
  }
}

/** Lets something write to stdout until it has finished or nobody reads any more (`| head`), which is no error. */
export async function untilClosed(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof ClosedPipe)) throw error;
  }
}
