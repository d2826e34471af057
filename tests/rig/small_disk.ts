import { databaseUser } from "./program.ts";
import type { Site } from "./site.ts";

/** A file system of its own, with little room. Disposing unmounts it. Only root can mount one. */
export interface SmallDisk extends AsyncDisposable {
  readonly folder: string;
  /** Fills what is left, or gives it back. */
  fill(): void;
  clear(): void;
}

/** Mounts a file system of so many MiB on a new folder of the site, owned by the database user. */
export async function mountSmallDisk(site: Site, below: string, megabytes: number): Promise<SmallDisk> {
  site.makeFolder(below);
  const folder = site.path(below);
  const owner = databaseUser() ?? { uid: Deno.uid(), gid: Deno.gid() };
  const options = `size=${megabytes}m,mode=750,uid=${owner.uid},gid=${owner.gid}`;
  await mount("mount", ["-t", "tmpfs", "-o", options, "none", folder]);
  const ballast = `${folder}/ballast`;
  return {
    folder,
    fill() {
      using file = Deno.openSync(ballast, { create: true, append: true });
      for (const size of [65536, 4096, 1]) fillBy(file, size);
    },
    clear: () => Deno.removeSync(ballast),
    [Symbol.asyncDispose]: () => mount("umount", ["--lazy", folder]),
  };
}

function fillBy(file: Deno.FsFile, size: number): void {
  const piece = new Uint8Array(size);
  try {
    while (file.writeSync(piece) === size);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("os error 28")) throw error;
  }
}

async function mount(program: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
