import { fail } from "../error.ts";

/** What identifies a major version of PostgreSQL on disk. Source: pg_control.h, catversion.h, xlog_internal.h. */
export interface PgVersion {
  /** As in info files: "15". */
  name: string;
  controlVersion: number;
  /** Lowest and highest catalog version that counts as this version. */
  catalog: readonly [number, number];
  /** Magic number of a WAL page. */
  walMagic: number;
}

/** Supported versions, oldest first; 19 is known by the range of its development catalogs. */
export const PG_VERSIONS: readonly PgVersion[] = [
  { name: "12", controlVersion: 1201, catalog: [201909212, 201909212], walMagic: 0xd101 },
  { name: "13", controlVersion: 1300, catalog: [202007201, 202007201], walMagic: 0xd106 },
  { name: "14", controlVersion: 1300, catalog: [202107181, 202107181], walMagic: 0xd10d },
  { name: "15", controlVersion: 1300, catalog: [202209061, 202209061], walMagic: 0xd110 },
  { name: "16", controlVersion: 1300, catalog: [202307071, 202307071], walMagic: 0xd113 },
  { name: "17", controlVersion: 1700, catalog: [202406281, 202406281], walMagic: 0xd116 },
  { name: "18", controlVersion: 1800, catalog: [202506291, 202506291], walMagic: 0xd118 },
  { name: "19", controlVersion: 1902, catalog: [202605131, 202699999], walMagic: 0xd121 },
];

/** Versions the peer knows and this program does not: named in the error instead of "unknown". */
const OLD_VERSIONS: readonly { name: string; controlVersion: number; catalog: number; walMagic: number }[] = [
  { name: "9.3", controlVersion: 937, catalog: 201306121, walMagic: 0xd075 },
  { name: "9.4", controlVersion: 942, catalog: 201409291, walMagic: 0xd07e },
  { name: "9.5", controlVersion: 942, catalog: 201510051, walMagic: 0xd087 },
  { name: "9.6", controlVersion: 960, catalog: 201608131, walMagic: 0xd093 },
  { name: "10", controlVersion: 1002, catalog: 201707211, walMagic: 0xd097 },
  { name: "11", controlVersion: 1100, catalog: 201809051, walMagic: 0xd098 },
];

const SUPPORTED = `supported are PostgreSQL ${PG_VERSIONS[0]!.name} to ${PG_VERSIONS.at(-1)!.name}`;

/** The version with these numbers in pg_control; error 46 when it is too old, too new or unknown. */
export function versionOfControl(controlVersion: number, catalogVersion: number): PgVersion {
  const found = PG_VERSIONS.find((version) =>
    version.controlVersion === controlVersion && catalogVersion >= version.catalog[0] &&
    catalogVersion <= version.catalog[1]
  );
  if (found !== undefined) return found;
  const old = OLD_VERSIONS.find((v) => v.controlVersion === controlVersion && v.catalog === catalogVersion);
  if (old !== undefined) fail("versionNotSupported", `PostgreSQL ${old.name} is not supported: ${SUPPORTED}`);
  fail(
    "versionNotSupported",
    `unexpected control version = ${controlVersion} and catalog version = ${catalogVersion}`,
    {
      hint: `is this version of PostgreSQL supported? ${SUPPORTED}`,
    },
  );
}

/** The version whose WAL pages carry this magic number; error 46 for others. */
export function versionOfWal(magic: number): PgVersion {
  const found = PG_VERSIONS.find((version) => version.walMagic === magic);
  if (found !== undefined) return found;
  const old = OLD_VERSIONS.find((version) => version.walMagic === magic);
  if (old !== undefined) fail("versionNotSupported", `WAL of PostgreSQL ${old.name} is not supported: ${SUPPORTED}`);
  fail("versionNotSupported", `unexpected WAL magic 0x${magic.toString(16)}`, {
    hint: `is this version of PostgreSQL supported? ${SUPPORTED}`,
  });
}

/** The version of that name; error 46 for others. */
export function versionNamed(name: string): PgVersion {
  const found = PG_VERSIONS.find((version) => version.name === name);
  return found ?? fail("versionNotSupported", `PostgreSQL ${name} is not supported: ${SUPPORTED}`);
}

/** Name of the version behind `server_version_num`: 150018 -> "15", 90624 -> "9.6". */
export function versionOfServer(serverVersionNum: number): string {
  const major = Math.floor(serverVersionNum / 10000);
  return major >= 10 ? String(major) : `${major}.${Math.floor(serverVersionNum / 100) % 100}`;
}

/** Major version as a number, for rules of the kind "from 15 on". */
export function majorOf(name: string): number {
  return Number.parseInt(name, 10);
}

/** Folder of a version inside a tablespace: `PG_15_202209061`. */
export function tablespaceFolder(version: string, catalogVersion: number): string {
  return `PG_${version}_${catalogVersion}`;
}
