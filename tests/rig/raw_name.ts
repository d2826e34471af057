/** Files whose names no string of this runtime can hold. */
import { databaseUser } from "./program.ts";

/** Does what a line of shell says in a folder; `printf`'s escapes make the name, available as `$name`. */
async function shell(folder: string, escaped: string, line: string): Promise<void> {
  const script = `cd "$0" && name=$(printf "$1x") && name=\${name%x} && ${line}`;
  const args = ["-c", script, folder, escaped];
  const { success, stderr } = await new Deno.Command("/bin/sh", { args, ...databaseUser() }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Makes an empty file; `escaped` is its name in octal escapes, `a\\377b` for instance. */
export async function makeRawFile(folder: string, escaped: string): Promise<void> {
  await shell(folder, escaped, ': > "$name"');
}

/** Makes a folder with a file in it. */
export async function makeRawFolder(folder: string, escaped: string): Promise<void> {
  await shell(folder, escaped, 'mkdir -m 700 "$name" && : > "$name/file"');
}

/** Makes a symbolic link to somewhere. */
export async function makeRawLink(folder: string, escaped: string, target: string): Promise<void> {
  await shell(folder, escaped, `ln -s '${target}' "$name"`);
}

/** Removes whatever is there. */
export async function removeRaw(folder: string, escaped: string): Promise<void> {
  await shell(folder, escaped, 'rm -rf "$name"');
}
