import type { EntryKind } from "../storage/storage.ts";
import { majorOf, tablespaceFolder } from "./version.ts";

/** Manifest name of the data folder and of the folder of tablespaces beside it. */
export const DATA_TARGET = "pg_data";
export const TABLESPACE_TARGET = "pg_tblspc";

/** What the choice of files depends on. */
export interface SelectionRules {
  /** "15". */
  version: string;
  catalogVersion: number;
  /** True when the server runs: WAL then comes from the archive. */
  online: boolean;
  /** Values of option exclude, relative to the data folder; with a `/` at the end only what is inside. */
  exclude: readonly string[];
}

/** What becomes of an entry: taken, left out, taken as an empty folder. `option` means the user asked for it. */
export type Selection = "take" | "skip" | "emptyFolder" | "skipByOption" | "emptyByOption";

/** Folders below the data folder whose contents mean nothing after a restart. Source: basebackup.c, peer's tests. */
const EMPTY_FOLDERS = new Set(
  ["pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans"],
);

const SKIPPED_AT_ROOT = new Set([
  "postmaster.pid",
  "postmaster.opts",
  "backup_label",
  "backup_label.old",
  "postgresql.auto.conf.tmp",
  "recovery.signal",
  "standby.signal",
  "tablespace_map",
]);

const SKIPPED_AT_ROOT_FROM_13 = new Set(["backup_manifest", "backup_manifest.tmp"]);

const INTERNAL_INIT = /^pg_internal\.init(.*\.[0-9]+.*)?$/;
const TEMPORARY_RELATION = /^t[0-9]+_[0-9]+(_(fsm|vm))?(\.[0-9]+)?$/;
const RELATION = /^([0-9]+)(_(fsm|vm))?(\.[0-9]+)?$/;
const INIT_FORK = /^([0-9]+)_init(\.[0-9]+)?$/;

/**
 * What becomes of the entry `name` in `folder` (a manifest name such as `pg_data/base/1`). `siblings` are the relation
 * numbers in this same folder that have an init fork, see {@linkcode unloggedRelations}.
 */
export function select(
  entry: { folder: string; name: string; kind: EntryKind },
  siblings: ReadonlySet<string>,
  rules: SelectionRules,
): Selection {
  const path = `${entry.folder}/${entry.name}`;
  if (entry.name.startsWith("pgsql_tmp")) return "skip";
  if (entry.folder === DATA_TARGET && skippedAtRoot(entry.name, rules)) return "skip";
  if (isDatabaseFolder(entry.folder, rules) && skippedInDatabase(entry.name, siblings)) return "skip";
  if (rules.online && entry.folder === `${DATA_TARGET}/pg_wal` && entry.kind === "file") return "skip";
  if (rules.exclude.some((excluded) => path === `${DATA_TARGET}/${excluded}`)) return "skipByOption";
  if (rules.exclude.some((excluded) => `${path}/` === `${DATA_TARGET}/${excluded}`)) return "emptyByOption";
  const empty = entry.folder === DATA_TARGET && EMPTY_FOLDERS.has(entry.name) ||
    rules.online && path === `${DATA_TARGET}/pg_wal/archive_status`;
  return empty ? "emptyFolder" : "take";
}

/** A stale tablespace_map would stand beside the one the backup itself writes. */
function skippedAtRoot(name: string, rules: SelectionRules): boolean {
  return SKIPPED_AT_ROOT.has(name) || majorOf(rules.version) >= 13 && SKIPPED_AT_ROOT_FROM_13.has(name);
}

function skippedInDatabase(name: string, unlogged: ReadonlySet<string>): boolean {
  if (INTERNAL_INIT.test(name) || TEMPORARY_RELATION.test(name)) return true;
  const relation = RELATION.exec(name);
  return relation !== null && unlogged.has(relation[1]!);
}

/** Numbers of the unlogged relations in one folder: those with an init fork there, never in another folder. */
export function unloggedRelations(names: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const name of names) {
    const match = INIT_FORK.exec(name);
    if (match !== null) found.add(match[1]!);
  }
  return found;
}

/** True for a folder (manifest name) that holds the relations of a data base, or the shared ones. */
export function isDatabaseFolder(folder: string, rules: { version: string; catalogVersion: number }): boolean {
  if (folder === `${DATA_TARGET}/global` || /^pg_data\/base\/[0-9]+$/.test(folder)) return true;
  const [, versionFolder] = /^pg_tblspc\/[0-9]+\/(PG_[^/]+)\/[0-9]+$/.exec(folder) ?? [];
  return versionFolder === tablespaceFolder(rules.version, rules.catalogVersion);
}

/** True when the pages of a file carry checksums: everything in a data base's folder but three small files. */
export function hasPageChecksums(folder: string, name: string, rules: SelectionRules): boolean {
  return isDatabaseFolder(folder, rules) && name !== "PG_VERSION" && name !== "pg_filenode.map" &&
    !(folder === `${DATA_TARGET}/global` && name === "pg_control");
}

/**
 * True for files whose growth during a backup is replayed from WAL, so that they are read only up to the size seen
 * first: relations, commit log and multixact data.
 */
export function isRelationLike(name: string): boolean {
  return /^(pg_data\/(base|global|pg_xact|pg_multixact)|pg_tblspc)\//.test(name);
}

/** Segment number of a relation file: `16384.2` is the third gibibyte. */
export function relationSegment(name: string): number {
  const match = /\.([0-9]+)$/.exec(name);
  return match === null ? 0 : Number(match[1]);
}
