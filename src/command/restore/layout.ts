import { fail } from "../../error.ts";
import { checkLinks } from "../../postgres/links.ts";
import { DATA_TARGET, TABLESPACE_TARGET } from "../../postgres/selection.ts";
import { tablespaceFolder } from "../../postgres/version.ts";
import type { BackupTarget } from "../../repository/manifest/header.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { absolutePath, baseOf, parentOf } from "../../storage/path.ts";

/** Where the user wants things, by the options of restore. */
export interface LayoutRequest {
  /** Data folder, absolute and plain. */
  pgPath: string;
  /** Option tablespace-map: folder by tablespace name or oid. */
  tablespaceMap: ReadonlyMap<string, string>;
  tablespaceMapAll?: string | undefined;
  /** Option link-map: destination by name of the link relative to the data folder. */
  linkMap: ReadonlyMap<string, string>;
  linkAll: boolean;
}

/** A folder outside all others that the restore owns: the data folder, a tablespace's, or where a link leads. */
export interface RestoreRoot {
  /** Manifest name of what lies in it. */
  name: string;
  /** Absolute. */
  path: string;
}

/** A symbolic link to create. */
export interface RestoreLink {
  /** Manifest name. */
  name: string;
  /** Text of the link. */
  destination: string;
  /** Where it leads, absolute. */
  target: string;
  isFile: boolean;
}

/** Where everything of a backup goes. */
export interface RestoreLayout {
  roots: RestoreRoot[];
  links: RestoreLink[];
  /** What the log says about it, and what is not restored as it was. */
  infos: string[];
  warnings: string[];
  /** Absolute path of what a manifest name stands for; behind a link it is where the link leads. */
  locate(name: string): string;
  /** Absolute path of a link itself. */
  linkPath(name: string): string;
}

/**
 * Decides where the parts of a backup go. Errors: 76 a tablespace that is mapped twice or unknown, 78 an unknown link,
 * 70 links that lead into each other or into the data folder.
 */
export function planLayout(manifest: Manifest, request: LayoutRequest): RestoreLayout {
  const infos: string[] = [];
  const warnings: string[] = [];
  const roots: RestoreRoot[] = [{ name: DATA_TARGET, path: request.pgPath }];
  const fileTargets = new Map<string, string>();
  const locate = (name: string): string => fileTargets.get(name) ?? locateIn(roots, name);
  const linkPath = (name: string): string => `${locate(parentOf(name))}/${baseOf(name)}`;
  const links: RestoreLink[] = [];
  if (manifest.targets.find(({ name }) => name === DATA_TARGET)?.path !== request.pgPath) {
    infos.push(`remap data directory to '${request.pgPath}'`);
  }
  refuseUnknownTablespaces(manifest, request);
  for (const target of mappedTargets(manifest, request, { infos, warnings })) {
    const linkName = target.tablespace ? `${DATA_TARGET}/pg_tblspc/${target.tablespace.oid}` : target.name;
    const destination = target.file === undefined ? target.path : joinText(target.path, target.file);
    const absolute = absolutePath(destination, parentOf(linkPath(linkName)));
    links.push({ name: linkName, destination, target: absolute, isFile: target.file !== undefined });
    if (target.file !== undefined) fileTargets.set(target.name, absolute);
    else roots.push(rootOf(manifest, target, absolute));
  }
  checkLinks(links.map(({ name, target, isFile }) => ({ name, path: target, isFile })), request.pgPath);
  return { roots, links, infos, warnings, locate, linkPath };
}

function joinText(folder: string, file: string): string {
  return folder === "." ? file : folder === "/" ? `/${file}` : `${folder}/${file}`;
}

/** Of a tablespace only the folder of this version is ours. */
function rootOf({ cluster }: Manifest, target: BackupTarget, path: string): RestoreRoot {
  if (target.tablespace === undefined) return { name: target.name, path };
  const folder = tablespaceFolder(cluster.version, cluster.catalogVersion);
  return { name: `${target.name}/${folder}`, path: `${path}/${folder}` };
}

function locateIn(roots: readonly RestoreRoot[], name: string): string {
  let best: RestoreRoot | undefined;
  for (const root of roots) {
    const fits = name === root.name || name.startsWith(`${root.name}/`);
    if (fits && root.name.length > (best?.name.length ?? 0)) best = root;
  }
  if (best === undefined) fail("format", `'${name}' of the manifest lies in no known folder`);
  return best.path + name.slice(best.name.length);
}

function mappedTargets(
  manifest: Manifest,
  request: LayoutRequest,
  told: { infos: string[]; warnings: string[] },
): BackupTarget[] {
  const targets: BackupTarget[] = [];
  for (const target of manifest.targets) {
    if (target.type !== "link") continue;
    const mapped = target.tablespace ? mapTablespace(target, request, told) : mapLink(target, request, told);
    if (mapped !== undefined) targets.push(mapped);
  }
  const known = new Set(manifest.targets.map(({ name }) => name));
  for (const [key, destination] of request.linkMap) {
    const name = `${DATA_TARGET}/${key}`;
    if (known.has(name)) continue;
    targets.push(newLink(manifest, { name, key, destination }));
    told.infos.push(`map link '${key}' to '${destination}'`);
  }
  return targets.sort((a, b) => a.name.length - b.name.length);
}

function mapTablespace(
  target: BackupTarget,
  { tablespaceMap, tablespaceMapAll }: LayoutRequest,
  { infos }: { infos: string[] },
): BackupTarget {
  const { oid, name } = target.tablespace!;
  const byOid = tablespaceMap.get(String(oid));
  const byName = tablespaceMap.get(name);
  if (byOid !== undefined && byName !== undefined && byOid !== byName) {
    fail("tablespaceMap", `tablespace remapped by name '${name}' and id ${oid} with different paths`);
  }
  const wanted = byOid ?? byName ?? (tablespaceMapAll === undefined ? undefined : `${tablespaceMapAll}/${name}`);
  if (wanted === undefined) return target;
  const path = absolutePath(wanted, "/");
  infos.push(`map tablespace '${TABLESPACE_TARGET}/${oid}' to '${path}'`);
  return { ...target, path };
}

function refuseUnknownTablespaces({ targets }: Manifest, { tablespaceMap }: LayoutRequest): void {
  const known = new Set(targets.flatMap(({ tablespace: t }) => (t ? [t.name, String(t.oid)] : [])));
  for (const key of tablespaceMap.keys()) {
    if (known.has(key)) continue;
    const list = [...known].filter((name) => !/^[0-9]+$/.test(name)).join(", ") || "none";
    fail("tablespaceMap", `unable to remap invalid tablespace '${key}'`, {
      hint: `tablespaces in this backup: ${list}`,
    });
  }
}

/** A link keeps being one only when the user wants links; else what it led to is restored in its place. */
function mapLink(
  target: BackupTarget,
  { linkMap, linkAll }: LayoutRequest,
  { infos, warnings }: { infos: string[]; warnings: string[] },
): BackupTarget | undefined {
  const key = target.name.slice(DATA_TARGET.length + 1);
  const destination = linkMap.get(key);
  if (destination !== undefined) {
    infos.push(`map link '${key}' to '${destination}'`);
    return withDestination(target, destination);
  }
  if (linkAll) return target;
  const kind = target.file === undefined ? "directory" : "file";
  warnings.push(
    `${kind} link '${key}' will be restored as a ${kind} at the same location\n` +
      "HINT: use --link-all or --link-map to restore it as a link",
  );
  return undefined;
}

function withDestination(target: BackupTarget, destination: string): BackupTarget {
  if (target.file === undefined) return { ...target, path: destination };
  return { ...target, path: parentOf(destination) || ".", file: baseOf(destination) };
}

/** A plain file or folder of the backup that the user wants behind a link. */
function newLink(
  manifest: Manifest,
  { name, key, destination }: { name: string; key: string; destination: string },
): BackupTarget {
  if (manifest.links.some((link) => link.name === name)) {
    fail("linkMap", `unable to remap tablespace link '${key}': use --tablespace-map`);
  }
  if (manifest.files.find(name) !== undefined) {
    return { name, type: "link", path: parentOf(destination) || ".", file: baseOf(destination) };
  }
  if (manifest.paths.some((path) => path.name === name)) return { name, type: "link", path: destination };
  fail("linkMap", `unable to remap invalid link '${key}'`, {
    hint: "the name is that of a link, file or folder of the backup, relative to the data folder: pg_wal=/path",
  });
}
