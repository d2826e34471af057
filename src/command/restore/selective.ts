import { fail } from "../../error.ts";
import type { ManifestDatabase } from "../../repository/manifest/header.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";

/** Oids below this one belong to data bases that initdb made. */
const FIRST_USER_OID = 16384;

/** Data bases that are always restored unless they are excluded by name or number. */
const ALWAYS = ["postgres", "template0", "template1"];

/** Data bases of which only the shape is restored: their files are empty, they have to be dropped afterwards. */
export interface Selective {
  zeroed: Pick<ManifestDatabase, "name" | "oid">[];
  /** True for a file that gets its size but none of its bytes. */
  isZeroed(name: string): boolean;
}

/**
 * Decides which data bases are restored, from options db-include and db-exclude (names or oids). Errors: 80 one that the
 * backup does not have, 81 a system one that is included, or one that is included and excluded.
 */
export function planSelective(
  manifest: Manifest,
  { include, exclude }: { include: readonly string[]; exclude: readonly string[] },
): Selective | undefined {
  if (include.length === 0 && exclude.length === 0) return undefined;
  const databases = databasesOf(manifest);
  const excluded = exclude.map((wanted) => find(databases, wanted, "exclude"));
  const included = include.map((wanted) => find(databases, wanted, "include"));
  for (const database of included) {
    if (isSystem(database)) {
      fail("dbInvalid", `system databases (template0, postgres, etc.) are included by default: '${database.name}'`);
    }
    if (excluded.includes(database)) fail("dbInvalid", `database to include '${database.name}' is in the exclude list`);
  }
  const zeroed = databases.filter((database) =>
    excluded.includes(database) || included.length > 0 && !isSystem(database) && !included.includes(database)
  );
  const folders = new Set(zeroed.map(({ oid }) => String(oid)));
  return { zeroed, isZeroed: (name) => isIn(name, folders) };
}

/** Data bases of the manifest, and folders of data bases that it has no name for. */
function databasesOf({ databases = [], paths }: Manifest): Pick<ManifestDatabase, "name" | "oid">[] {
  const known = new Set(databases.map(({ oid }) => oid));
  const nameless = paths.flatMap(({ name }) => /^pg_data\/base\/([0-9]+)$/.exec(name)?.[1] ?? [])
    .map(Number).filter((oid) => !known.has(oid));
  return [...databases, ...nameless.map((oid) => ({ name: String(oid), oid }))];
}

function isSystem({ name, oid }: Pick<ManifestDatabase, "name" | "oid">): boolean {
  return oid < FIRST_USER_OID || ALWAYS.includes(name);
}

function find(
  databases: readonly Pick<ManifestDatabase, "name" | "oid">[],
  wanted: string,
  list: "include" | "exclude",
): Pick<ManifestDatabase, "name" | "oid"> {
  const found = databases.find(({ oid }) => String(oid) === wanted) ?? databases.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = databases.filter((database) => !isSystem(database)).map(({ name }) => name).join(", ") || "none";
  fail("dbMissing", `database to ${list} '${wanted}' does not exist`, { hint: `databases in this backup: ${names}` });
}

/** A file in the folder of a data base, in the data folder or in a tablespace. PG_VERSION stays: without it the data base could not be dropped. */
function isIn(name: string, folders: ReadonlySet<string>): boolean {
  const match = /^(?:pg_data\/base|pg_tblspc\/[0-9]+\/PG_[^/]+)\/([0-9]+)\/(.+)$/.exec(name);
  return match !== null && folders.has(match[1]!) && match[2] !== "PG_VERSION";
}
