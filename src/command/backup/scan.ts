import { fail } from "../../error.ts";
import { checkLinks, type LinkTarget } from "../../postgres/links.ts";
import {
  DATA_TARGET,
  isDatabaseFolder,
  select,
  type SelectionRules,
  TABLESPACE_TARGET,
  unloggedRelations,
} from "../../postgres/selection.ts";
import { tablespaceFolder } from "../../postgres/version.ts";
import type { Accounts } from "../../process/accounts.ts";
import { FileTable } from "../../repository/manifest/file_table.ts";
import type { BackupTarget } from "../../repository/manifest/header.ts";
import { defaultsOf, type ManifestPath, type ManifestTree, tablespacePaths } from "../../repository/manifest/tree.ts";
import { absolutePath, baseOf, parentOf } from "../../storage/path.ts";
import { namesIn, readEntry } from "../../storage/posix.ts";
import type { Entry } from "../../storage/storage.ts";
import { cannotBeCarried, foreignNameError } from "../cluster/foreign_name.ts";

/** What a scan needs to know and whom it tells. */
export interface ScanOptions {
  rules: SelectionRules;
  accounts: Accounts;
  /** Name of a tablespace by its oid, or undefined where the cluster has none of that number. */
  tablespaceName(oid: number): Promise<string | undefined>;
  warn(text: string): void;
  info(text: string): void;
  signal: AbortSignal;
}

/** What lies in a data folder and behind its links. */
export interface ScannedTree extends ManifestTree {
  files: FileTable;
  targets: BackupTarget[];
}

/** A tree of its own with the same files: the rows of all such copies are the same. */
export function copyTree({ files, targets, paths, links, defaults }: ScannedTree): ScannedTree {
  const copy = new FileTable({ defaults: defaults.file });
  for (const row of files.rows()) copy.append(files.nameBytes(row), files.stored(row));
  return { files: copy, ...structuredClone({ targets, paths, links, defaults }) };
}

/** How long the scan works before others get a turn, in milliseconds. */
const TURN = 50;

/**
 * Lists a data folder by the rules of PostgreSQL's own base backups. Errors: 41 for a name that cannot be carried or a
 * link that leads nowhere, 69 for something else than a link in pg_tblspc, 70 for links that overlap, 73 no data folder.
 */
export async function scanCluster(pgPath: string, options: ScanOptions): Promise<ScannedTree> {
  const root = readEntry(pgPath, ".", { follow: true });
  if (root?.kind !== "folder") fail("pathMissing", `data folder '${pgPath}' is missing`);
  const scan = new Scan(pgPath, options);
  await scan.folder(DATA_TARGET, pgPath, root);
  checkLinks(scan.linkTargets, pgPath);
  const defaults = defaultsOf(scan.paths[0]!);
  scan.files.defaults = defaults.file;
  const { files, targets, paths, links } = scan;
  return { files, targets, paths, links, defaults };
}

class Scan {
  readonly files = new FileTable();
  readonly targets: BackupTarget[];
  readonly paths: ManifestPath[] = [];
  readonly links: ManifestTree["links"] = [];
  readonly linkTargets: LinkTarget[] = [];
  readonly #options: ScanOptions;
  #turnEnd = Date.now() + TURN;

  constructor(pgPath: string, options: ScanOptions) {
    this.#options = options;
    this.targets = [{ name: DATA_TARGET, type: "path", path: pgPath }];
  }

  /** Adds a folder and what is in it. `path` is where it really lies. */
  async folder(name: string, path: string, entry: Entry): Promise<void> {
    this.paths.push({ name, ...this.#owner(entry), mode: entry.mode & 0o777 });
    await this.#contents(name, path);
  }

  async #contents(folder: string, path: string): Promise<void> {
    const names = await namesIn(path);
    const unlogged = isDatabaseFolder(folder, this.#options.rules) ? unloggedRelations(names) : new Set<string>();
    for (const [i, name] of names.entries()) {
      if (Date.now() > this.#turnEnd) await this.#rest();
      const entry = readEntry(`${path}/${name}`, name);
      const selection = select({ folder, name, kind: entry?.kind ?? "file" }, unlogged, this.#options.rules);
      if (selection === "skip") continue;
      if (selection === "skipByOption" || selection === "emptyByOption") {
        this.#options.info(
          `exclude ${
            selection === "skipByOption" ? "" : "contents of "
          }'${path}/${name}' from backup using option 'exclude'`,
        );
        if (selection === "skipByOption") continue;
      }
      if (cannotBeCarried({ name, next: names[i + 1], reachable: entry !== undefined })) {
        throw await foreignNameError(path, name);
      }
      if (entry === undefined) continue;
      if (selection === "take") await this.#add(`${folder}/${name}`, `${path}/${name}`, entry);
      else if (entry.kind === "folder") {
        this.paths.push({ name: `${folder}/${name}`, ...this.#owner(entry), mode: entry.mode & 0o777 });
      } else await this.#add(`${folder}/${name}`, `${path}/${name}`, entry, { empty: true });
    }
  }

  async #add(name: string, path: string, entry: Entry, options: { empty?: boolean } = {}): Promise<void> {
    if (name.startsWith(`${DATA_TARGET}/pg_tblspc/`) && entry.kind !== "link") {
      fail("linkExpected", `'${path}' is not a symlink - pg_tblspc should contain only symlinks`, { file: path });
    }
    if (entry.kind === "file") this.#file(name, entry);
    else if (entry.kind === "folder") await this.folder(name, path, entry);
    else if (entry.kind === "link") await this.#link(name, path, { entry, empty: options.empty === true });
    else this.#options.warn(`exclude special file '${path}' from backup`);
  }

  #file(name: string, entry: Entry): void {
    this.files.append(name, {
      size: entry.size,
      time: entry.time,
      ...this.#owner(entry),
      mode: entry.mode & 0o777,
    });
  }

  async #link(name: string, path: string, { entry, empty }: { entry: Entry; empty: boolean }): Promise<void> {
    const destination = entry.target!;
    const real = absolutePath(destination, parentOf(path));
    const behind = readEntry(real, ".");
    if (behind === undefined) {
      fail("fileOpen", `unable to get info for missing path/file '${real}' (link '${path}')`, { file: path });
    }
    if (behind.kind === "link") {
      fail("linkDestination", `link '${path}' -> '${destination}' cannot reference another link '${real}'`, {
        file: path,
      });
    }
    this.links.push({ name, destination, ...this.#owner(entry) });
    this.linkTargets.push({ name, path: real, isFile: behind.kind === "file" });
    const tablespace = /^pg_data\/pg_tblspc\/([0-9]+)$/.exec(name);
    if (tablespace !== null) return await this.#tablespace(Number(tablespace[1]), { destination, real });
    if (behind.kind === "file") {
      this.targets.push({ name, type: "link", path: parentOf(destination) || ".", file: baseOf(destination) });
      return this.#file(name, behind);
    }
    if (behind.kind !== "folder") {
      return this.#options.warn(`exclude special file '${real}' (link '${path}') from backup`);
    }
    this.targets.push({ name, type: "link", path: destination });
    if (empty) this.paths.push({ name, ...this.#owner(behind), mode: behind.mode & 0o777 });
    else await this.folder(name, real, behind);
  }

  /** Only the folder of this version is the cluster's; others are leftovers of pg_upgrade or of another cluster. */
  async #tablespace(oid: number, { destination, real }: { destination: string; real: string }): Promise<void> {
    const name = await this.#options.tablespaceName(oid);
    // Being created or dropped right now: its files may be needed, and extra ones do no harm.
    if (name === undefined) {
      this.#options.warn(`tablespace ${oid} ('${real}') has no name in the cluster, it is taken as 'ts${oid}'`);
    }
    const target = `${TABLESPACE_TARGET}/${oid}`;
    this.targets.push({ name: target, type: "link", path: destination, tablespace: { oid, name: name ?? `ts${oid}` } });
    const pgData = this.paths[0]!;
    const pgTblspc = this.paths.find((path) => path.name === `${DATA_TARGET}/pg_tblspc`)!;
    for (const path of tablespacePaths(oid, { pgData, pgTblspc })) {
      if (!this.paths.some((known) => known.name === path.name)) this.paths.push(path);
    }
    const folder = tablespaceFolder(this.#options.rules.version, this.#options.rules.catalogVersion);
    const entry = readEntry(`${real}/${folder}`, folder);
    if (entry?.kind === "folder") await this.folder(`${target}/${folder}`, `${real}/${folder}`, entry);
  }

  #owner({ uid, gid }: Entry): { user: string | false; group: string | false } {
    return { user: this.#options.accounts.userName(uid), group: this.#options.accounts.groupName(gid) };
  }

  /** Lets timers, signals and keep-alives have their turn. */
  async #rest(): Promise<void> {
    this.#options.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#turnEnd = Date.now() + TURN;
  }
}
