import type { Logger } from "../../log.ts";
import { CONTROL_PATH } from "../../postgres/control.ts";
import { DATA_TARGET, TABLESPACE_TARGET } from "../../postgres/selection.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { manifestPieces } from "../../repository/manifest/manifest.ts";
import { storageError } from "../../storage/os_error.ts";
import { parentOf } from "../../storage/path.ts";
import { createFolder, openSink, removeFile, syncPath } from "../../storage/posix_file.ts";
import { posixStorage, readEntry } from "../../storage/posix.ts";
import { findSurplus, folderOrder, type Removal } from "./clean.ts";
import type { RestoreLayout } from "./layout.ts";
import type { Owner, OwnerMap } from "./owners.ts";
import { MARKER } from "./targets.ts";

/** What the folders are prepared with. */
export interface Preparation {
  manifest: Manifest;
  layout: RestoreLayout;
  owners: OwnerMap;
  /** True when existing files are cleaned up instead of being refused. */
  overwrite: boolean;
  /** Names in the data folder that stay. */
  preserved: readonly string[];
  log: Logger;
}

/**
 * Brings the folders into the shape of the backup. First pg_control goes, so that PostgreSQL cannot start on what is half
 * a restore, then the marker is written that lets a later run continue, then everything else is cleaned and created.
 */
export async function prepareFolders(preparation: Preparation): Promise<void> {
  const { layout, overwrite } = preparation;
  const pgPath = layout.roots[0]!.path;
  const pgData = preparation.manifest.paths.find(({ name }) => name === DATA_TARGET);
  // What cannot be judged ends the run before anything is touched.
  const surplus = overwrite ? await listSurplus(preparation) : [];
  const owned = { mode: pgData?.mode ?? 0o700, ...preparation.owners.owner(pgData ?? {}) };
  makeFolder(pgPath, owned);
  for (const { isFile, target } of layout.links) if (isFile) makeFolder(parentOf(target), owned);
  removeControl(pgPath);
  await writeMarker(preparation);
  await clean(surplus, preparation.log);
  createFolders(preparation);
  await createLinks(preparation);
}

function removeControl(pgPath: string): void {
  const path = `${pgPath}/${CONTROL_PATH}`;
  if (readEntry(path, ".") === undefined) return;
  removeFile(path);
  syncPath(parentOf(path));
}

/** The manifest without its passphrase: it says which backup this is and lies beside the data for a while. */
async function writeMarker({ manifest, layout }: Preparation): Promise<void> {
  const { cipherPass: _, ...open } = manifest;
  await using sink = openSink(`${layout.roots[0]!.path}/${MARKER}`, { mode: 0o600 });
  for await (const piece of manifestPieces(open)) await sink.write(piece);
  await sink.commit();
}

/** A folder of the restore and what in it has to go. */
interface Surplus {
  root: string;
  removals: Removal[];
}

async function listSurplus({ manifest, layout, preserved }: Preparation): Promise<Surplus[]> {
  const keep = new Set([`${DATA_TARGET}/${MARKER}`, ...preserved.map((name) => `${DATA_TARGET}/${name}`)]);
  const surplus: Surplus[] = [];
  for (const root of layout.roots) {
    if (readEntry(root.path, ".") === undefined) continue;
    const removals: Removal[] = [];
    for await (const removal of findSurplus(root, { manifest, layout, keep })) removals.push(removal);
    surplus.push({ root: root.path, removals });
  }
  return surplus;
}

async function clean(surplus: readonly Surplus[], log: Logger): Promise<void> {
  for (const { root, removals } of surplus) {
    log.info(`remove invalid files/links/paths from '${root}'`);
    for (const { path, kind } of removals) {
      log.detail(`remove invalid ${kind === "folder" ? "path" : kind} '${path}'`);
      if (kind === "folder") await posixStorage(path).removeTree("");
      else removeFile(path);
    }
  }
}

function createFolders({ manifest, layout, owners, log }: Preparation): void {
  for (const folder of folderOrder(manifest)) {
    const path = folderPath(folder.name, layout);
    if (path === undefined) continue;
    const attributes = { mode: folder.mode, ...owners.owner(folder) };
    if (makeFolder(path, attributes)) log.detail(`create path '${path}'`);
    setAttributes(path, attributes);
  }
}

/**
 * Creates a folder that is not there, and with it the missing ones above, which get its owner and mode: when root
 * restores, the server has to get through. True when it was created.
 */
function makeFolder(path: string, attributes: Owner & { mode: number }): boolean {
  if (readEntry(path, ".", { follow: true }) !== undefined) return false;
  makeFolder(parentOf(path), attributes);
  createFolder(path, attributes.mode);
  setAttributes(path, attributes);
  return true;
}

/** `pg_tblspc` stands for nothing, `pg_tblspc/<oid>` for the folder a tablespace lies in. */
function folderPath(name: string, { roots, locate }: RestoreLayout): string | undefined {
  if (name === TABLESPACE_TARGET) return undefined;
  if (!/^pg_tblspc\/[0-9]+$/.test(name)) return locate(name);
  const root = roots.find((each) => each.name.startsWith(`${name}/`));
  return root === undefined ? undefined : parentOf(root.path);
}

function setAttributes(path: string, { mode, uid, gid }: Owner & { mode: number }): void {
  try {
    const present = Deno.statSync(path);
    if (present.uid !== uid || present.gid !== gid) Deno.chownSync(path, uid, gid);
    if (((present.mode ?? 0) & 0o777) !== mode) Deno.chmodSync(path, mode);
  } catch (error) {
    throw storageError("fileOwner", "set owner or mode of", path, error);
  }
}

async function createLinks({ manifest, layout, owners, log }: Preparation): Promise<void> {
  for (const { name, destination } of layout.links) {
    const path = layout.linkPath(name);
    if (readEntry(path, ".")?.target !== destination) {
      log.detail(`create symlink '${path}' to '${destination}'`);
      await posixStorage(parentOf(path)).link(path.slice(path.lastIndexOf("/") + 1), destination);
    }
    const link = manifest.links.find((each) => each.name === name);
    if (link !== undefined) await setLinkOwner(path, owners.owner(link));
  }
}

async function setLinkOwner(path: string, { uid, gid }: Owner): Promise<void> {
  const present = readEntry(path, ".");
  if (present?.uid === uid && present.gid === gid) return;
  const { lchownSync } = await import("node:fs");
  try {
    lchownSync(path, uid, gid);
  } catch (error) {
    throw storageError("fileOwner", "set owner of link", path, error);
  }
}
