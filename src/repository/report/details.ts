import type { BackupTarget, ManifestHeader } from "../manifest/header.ts";
import type { Manifest } from "../manifest/manifest.ts";

/** What only the manifest of a backup tells. */
export interface BackupDetails {
  /** Databases but the templates. */
  databases: { name: string; oid: number }[];
  /** Links of the data directory, by their path in it. */
  links: { name: string; destination: string }[];
  tablespaces: { name: string; oid: number; destination: string }[];
  /** Files with pages whose checksum is wrong, by their path in the data directory. */
  errorFiles: string[];
}

const TEMPLATES = ["template0", "template1"];
const PG_DATA = "pg_data/";

/** The details of a backup from its manifest. */
export function detailsOf(manifest: Manifest): BackupDetails {
  const errorFiles: string[] = [];
  for (const row of manifest.files.rows()) {
    if (manifest.files.stored(row).pageChecksum === false) errorFiles.push(clusterPath(manifest.files.name(row)));
  }
  return { ...headerDetails(manifest), errorFiles };
}

function headerDetails({ databases = [], targets }: ManifestHeader): Omit<BackupDetails, "errorFiles"> {
  const links = targets.filter(({ type }) => type === "link");
  return {
    databases: databases.filter(({ name }) => !TEMPLATES.includes(name)).map(({ name, oid }) => ({ name, oid })),
    links: links.filter(({ tablespace }) => tablespace === undefined).map(linkOf),
    tablespaces: links.flatMap(({ tablespace, path }) =>
      tablespace === undefined ? [] : [{ name: tablespace.name, oid: tablespace.oid, destination: path }]
    ),
  };
}

/** A link under its own name; the peer shows links to files under the name of the file they lead to. */
function linkOf({ name, path, file }: BackupTarget): { name: string; destination: string } {
  return { name: clusterPath(name), destination: file === undefined ? path : `${path}/${file}` };
}

function clusterPath(name: string): string {
  return name.startsWith(PG_DATA) ? name.slice(PG_DATA.length) : name;
}
