import { fail } from "../../error.ts";
import type { InfoEntry } from "../info/container_write.ts";
import { type Fields, objectFields, optionalOwner, sectionFields, textOf } from "../info/fields.ts";
import { formatJson, type JsonObject } from "../json.ts";
import { compareRaw, encodeRaw } from "../raw_text.ts";
import type { OwnerDefaults } from "./file_data.ts";
import { optionalMode } from "./file_line_read.ts";
import { formatMode } from "./file_line_write.ts";
import { checkFileName } from "./file_name.ts";
import { lines } from "./header_write.ts";

/** A folder of the cluster: line of `[target:path]`. */
export interface ManifestPath extends OwnerDefaults {
  name: string;
}

/** A symbolic link of the cluster: line of `[target:link]`. Tablespaces stand here as `pg_data/pg_tblspc/<oid>`. */
export interface ManifestLink {
  name: string;
  /** Raw text of the link. */
  destination: string;
  user: string | false;
  group: string | false;
}

/** What entries have that do not say otherwise, by kind. */
export interface ManifestDefaults {
  file: OwnerDefaults;
  path: OwnerDefaults;
  link: Omit<OwnerDefaults, "mode">;
}

/** Folders and links of a manifest. */
export interface ManifestTree {
  paths: ManifestPath[];
  links: ManifestLink[];
  defaults: ManifestDefaults;
}

/** The defaults that follow from the data directory: its owner; its mode, and for files what of it may be theirs. */
export function defaultsOf(pgData: OwnerDefaults): ManifestDefaults {
  const { user, group, mode } = pgData;
  return { file: { user, group, mode: mode & 0o640 }, path: { user, group, mode }, link: { user, group } };
}

/**
 * The folders a tablespace needs in a manifest beside those in it: `pg_tblspc` and `pg_tblspc/<oid>` exist nowhere, but peers
 * cannot restore without them.
 */
export function tablespacePaths(
  oid: number,
  { pgData, pgTblspc }: { pgData: OwnerDefaults; pgTblspc: OwnerDefaults },
): ManifestPath[] {
  const owner = ({ user, group, mode }: OwnerDefaults): OwnerDefaults => ({ user, group, mode });
  return [{ name: "pg_tblspc", ...owner(pgData) }, { name: `pg_tblspc/${oid}`, ...owner(pgTblspc) }];
}

/** Folders, links and defaults from the sections of a manifest. Error 29 where a default is missing that is needed. */
export function readTree(sections: ReadonlyMap<string, JsonObject>, { file }: { file: string }): ManifestTree {
  const section = (name: string): Fields => sectionFields(sections, { section: name, file, optional: true });
  const pathDefault = readDefaults(section("target:path:default"));
  const linkDefault = sections.has("target:link:default") ? readDefaults(section("target:link:default")) : pathDefault;
  const paths = section("target:path");
  const links = section("target:link");
  return {
    paths: Object.keys(paths.values).sort(compareRaw).map((name) => readPath(name, { paths, defaults: pathDefault })),
    links: Object.keys(links.values).sort(compareRaw).map((name) => readLink(name, { links, defaults: linkDefault })),
    defaults: {
      file: completeDefaults(readDefaults(section("target:file:default")), section("target:file:default")),
      path: completeDefaults(pathDefault, section("target:path:default")),
      link: { user: linkDefault.user ?? false, group: linkDefault.group ?? false },
    },
  };
}

/** The sections of a manifest behind its files, in their order. Of two entries with one name the later one counts. */
export function treeSections(
  { paths, links, defaults }: ManifestTree,
): { name: string; entries: Iterable<InfoEntry> }[] {
  const owner = ({ user, group, mode }: OwnerDefaults): JsonObject => ({ group, mode: formatMode(mode), user });
  return [
    { name: "target:file:default", entries: lines(owner(defaults.file)) },
    { name: "target:link", entries: linkEntries(links, defaults.link) },
    { name: "target:link:default", entries: links.length === 0 ? [] : lines({ ...defaults.link }) },
    { name: "target:path", entries: pathEntries(paths, defaults.path) },
    { name: "target:path:default", entries: lines(owner(defaults.path)) },
  ];
}

function readDefaults(fields: Fields): Partial<OwnerDefaults> {
  return owned(fields, {});
}

/** Owner and mode of an entry, with what it leaves out from the defaults. */
function owned(fields: Fields, defaults: Partial<OwnerDefaults>): Partial<OwnerDefaults> {
  const user = optionalOwner(fields, "user") ?? defaults.user;
  const group = optionalOwner(fields, "group") ?? defaults.group;
  const mode = optionalMode(fields) ?? defaults.mode;
  return {
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
    ...(mode === undefined ? {} : { mode }),
  };
}

function completeDefaults({ user, group, mode }: Partial<OwnerDefaults>, { where }: Fields): OwnerDefaults {
  if (user === undefined || group === undefined || mode === undefined) {
    fail("format", `${where} is missing or incomplete`);
  }
  return { user, group, mode };
}

function readPath(name: string, options: { paths: Fields; defaults: Partial<OwnerDefaults> }): ManifestPath {
  checkFileName(encodeRaw(name));
  const fields = objectFields(options.paths, name);
  return { name, ...completeDefaults(owned(fields, options.defaults), fields) };
}

function readLink(name: string, options: { links: Fields; defaults: Partial<OwnerDefaults> }): ManifestLink {
  checkFileName(encodeRaw(name));
  const fields = objectFields(options.links, name);
  const { user, group } = completeDefaults({ mode: 0, ...owned(fields, options.defaults) }, fields);
  const destination = textOf(fields, "destination");
  if (destination === "" || /[\0\n]/.test(destination)) {
    fail("format", `destination of link '${name}' is empty or holds a NUL or a line feed`);
  }
  return { name, destination, user, group };
}

function* pathEntries(paths: ManifestPath[], defaults: OwnerDefaults): Generator<InfoEntry> {
  for (const { name, user, group, mode } of latest(paths)) {
    const value: JsonObject = {};
    if (group !== defaults.group) value["group"] = group;
    if (mode !== defaults.mode) value["mode"] = formatMode(mode);
    if (user !== defaults.user) value["user"] = user;
    yield { key: name, value: formatJson(value) };
  }
}

function* linkEntries(links: ManifestLink[], defaults: ManifestDefaults["link"]): Generator<InfoEntry> {
  for (const { name, destination, user, group } of latest(links)) {
    const value: JsonObject = { destination };
    if (group !== defaults.group) value["group"] = group;
    if (user !== defaults.user) value["user"] = user;
    yield { key: name, value: formatJson(value) };
  }
}

function latest<T extends { name: string }>(entries: T[]): T[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return [...byName.values()].sort((a, b) => compareRaw(a.name, b.name));
}
