/** What lies in the repository of a site, seen without the program under test. */
import { type Site, STANZA } from "./site.ts";

/** Labels of the backup folders, finished or not. */
export function labelsIn(site: Site, repository = "repo"): string[] {
  return namesIn(site.path(`${repository}/backup/${STANZA}`)).filter((name) => /^\d{8}-\d{6}F/.test(name));
}

/** Absolute path of the folder of a backup. */
export function backupPath(site: Site, label: string, repository = "repo"): string {
  return site.path(`${repository}/backup/${STANZA}/${label}`);
}

/** Absolute path of the folder of the archive of the first cluster. */
export function archiveFolder(site: Site, repository = "repo"): string {
  return site.path(`${repository}/archive/${STANZA}/15-1`);
}

/** Names of all files of the archive of the first cluster, in order, without their folders. */
export function archived(site: Site, repository = "repo"): string[] {
  return filesBelow(archiveFolder(site, repository)).map((path) => path.slice(path.lastIndexOf("/") + 1)).sort();
}

/** Absolute path of a stored segment. */
export function storedSegment(site: Site, segment: string, repository = "repo"): string {
  const folder = `${archiveFolder(site, repository)}/${segment.slice(0, 16)}`;
  const name = namesIn(folder).find((each) => each.startsWith(`${segment}-`));
  if (name === undefined) throw new Error(`segment ${segment} is not in '${folder}'`);
  return `${folder}/${name}`;
}

/** Relative paths of all files and links below a folder, in order; none when it is missing. */
export function filesBelow(folder: string): string[] {
  const found: string[] = [];
  const walk = (below: string) => {
    for (const entry of entriesIn(`${folder}${below}`)) {
      if (entry.isDirectory) walk(`${below}/${entry.name}`);
      else found.push(`${below}/${entry.name}`.slice(1));
    }
  };
  walk("");
  return found.sort();
}

/** Names in a folder in order; none when it is missing. */
export function namesIn(folder: string): string[] {
  return entriesIn(folder).map(({ name }) => name).sort();
}

function entriesIn(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Turns one bit of a file, by default in its middle. */
export function damage(path: string, at: number = Math.floor(Deno.statSync(path).size / 2)): void {
  using file = Deno.openSync(path, { read: true, write: true });
  const byte = new Uint8Array(1);
  file.seekSync(at, Deno.SeekMode.Start);
  file.readSync(byte);
  byte[0]! ^= 1;
  file.seekSync(at, Deno.SeekMode.Start);
  file.writeSync(byte);
}
