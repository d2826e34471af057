/** The official way: `deno compile`, which needs Deno's runtime stub (`denort`). */

import { ENGINE } from "./launch.ts";

/** Where a program's source and settings stand, and the Deno that works on them. */
export interface Project {
  readonly deno: string;
  readonly config: string;
  readonly main: string;
}

/**
 * Runs `deno compile` with the permissions of deno.json's `compile`. It takes the stub from DENORT_BIN or its cache and
 * downloads it otherwise; it does not look whether that file is a stub at all. `env` is added to the environment.
 * Throws an Error with its message.
 */
export async function compile(project: Project, output: string, env: Record<string, string> = {}): Promise<void> {
  const switches = ["--quiet", "-P", "--no-prompt", "--no-code-cache", "--no-check", "--exclude-unused-npm", ENGINE];
  const { success, stderr } = await new Deno.Command(project.deno, {
    args: ["compile", ...switches, "--config", project.config, "--output", output, project.main],
    env,
    stdin: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`"deno compile" failed:\n${new TextDecoder().decode(stderr).trim()}`);
}

/** Where a runtime stub is at hand without a download: the one named (by DENORT_BIN), else Deno's cache. */
export async function findStub(deno: string, named: string | undefined): Promise<string | undefined> {
  const { stdout } = await new Deno.Command(deno, { args: ["info", "--json"], stdin: "null" }).output();
  const { denoDir }: { denoDir: string } = JSON.parse(new TextDecoder().decode(stdout));
  const archive = `${denoDir}/dl/release/v${Deno.version.deno}/denort-${Deno.build.target}.zip`;
  const candidates = [named ?? "", archive];
  for (const path of candidates) {
    if (path !== "" && await isFile(path)) return path;
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
