/**
 * Puts executables in place for tests that run at the same time in threads of one process. A file a thread has open for
 * writing is inherited, for a moment, by every child another thread starts just then, and as long as it is, the file
 * cannot be run ("Text file busy"). So the file that is to be run is written by a process of its own.
 */

/** Copies an executable. */
export async function copyExecutable(from: string, to: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("/bin/cp", { args: ["--", from, to] }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  await Deno.chmod(to, 0o755);
}

/** Writes an executable. */
export async function writeExecutable(path: string, content: Uint8Array | string): Promise<void> {
  const draft = `${path}.draft`;
  if (typeof content === "string") await Deno.writeTextFile(draft, content);
  else await Deno.writeFile(draft, content);
  await copyExecutable(draft, path);
  await Deno.remove(draft);
}
