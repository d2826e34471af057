/** What lies in a folder, as facts that can be compared. */

/** One entry of a tree. */
export interface TreeEntry {
  kind: "file" | "folder" | "link";
  /** Octal permission bits. */
  mode?: string;
  owner: string;
  size?: number;
  /** SHA-1 of a file's content. */
  sha1?: string;
  /** Epoch seconds; of files only. */
  time?: number;
  /** Text of a link. */
  target?: string;
}

/** What of a tree is looked at. */
export interface TreeOptions {
  /** Leaves an entry out, with what is below it; gets its path relative to the root. */
  skip?: (path: string) => boolean;
  /** Goes through links and tells what is behind them. */
  follow?: boolean;
}

/** All entries below a folder by path relative to it, in order of their names. */
export async function treeOf(root: string, options: TreeOptions = {}): Promise<Record<string, TreeEntry>> {
  const entries: [string, TreeEntry][] = [];
  await walk(root, "", { entries, options });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function walk(
  root: string,
  below: string,
  { entries, options }: { entries: [string, TreeEntry][]; options: TreeOptions },
): Promise<void> {
  for (const { name } of Deno.readDirSync(`${root}/${below}`)) {
    const path = below === "" ? name : `${below}/${name}`;
    if (options.skip?.(path)) continue;
    const full = `${root}/${path}`;
    const info = options.follow ? Deno.statSync(full) : Deno.lstatSync(full);
    const owner = `${info.uid}:${info.gid}`;
    const mode = ((info.mode ?? 0) & 0o7777).toString(8);
    if (info.isSymlink) entries.push([path, { kind: "link", owner, target: Deno.readLinkSync(full) }]);
    else if (info.isDirectory) {
      entries.push([path, { kind: "folder", mode, owner }]);
      await walk(root, path, { entries, options });
    } else {
      const bytes = Deno.readFileSync(full);
      const sha1 = await hexDigest("SHA-1", bytes);
      const time = Math.floor(info.mtime!.getTime() / 1000);
      entries.push([path, { kind: "file", mode, owner, size: bytes.length, sha1, time }]);
    }
  }
}

/** A digest in hexadecimal. */
export async function hexDigest(algorithm: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes)).toHex();
}

/** Where two records differ, one line each: easier to read than the whole of both. */
export function differences<T>(a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>>): string[] {
  const text = (value: T | undefined) =>
    JSON.stringify(value, (_, each) => typeof each === "bigint" ? String(each) : each) ?? "nothing";
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
    .filter((key) => text(a[key]) !== text(b[key]))
    .map((key) => `${key}: ${text(a[key])} against ${text(b[key])}`);
}
