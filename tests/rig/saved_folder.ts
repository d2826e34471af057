import { succeed } from "./program.ts";
import type { Site } from "./site.ts";

/** A folder of a site as it was at a moment. */
export interface SavedFolder {
  /** Puts everything back as it was. */
  restore(): Promise<void>;
}

/** Keeps a copy of a folder, with owners, modes and times. */
export async function saveFolder(site: Site, below: string): Promise<SavedFolder> {
  const [folder, copy] = [site.path(below), site.path(`${below}.saved`)];
  await succeed("/bin/cp", ["--archive", folder, copy]);
  return {
    async restore() {
      await succeed("/bin/rm", ["--recursive", "--force", folder]);
      await succeed("/bin/cp", ["--archive", copy, folder]);
    },
  };
}
