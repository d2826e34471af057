import { fail } from "../error.ts";
import type { Given } from "./given.ts";
import { readIni, type Sections } from "./ini.ts";

/** Where the configuration lies when nothing else is said. */
const DEFAULT_FOLDER = "/etc/pgbackrest";
const LEGACY_FILE = "/etc/pgbackrest.conf";
const FILE_NAME = "pgbackrest.conf";
const INCLUDE_NAME = "conf.d";

/** File with the options pgBackRest does not have, beside the main file. */
const OWN_FILE_NAME = "pg_backrest.conf";

/** How files are read. Errors other than absence are thrown: 41 cannot be opened, 42 cannot be read. */
export interface ConfigReader {
  /** Text of a file, undefined when there is none. */
  file(path: string): string | undefined;
  /** Names in a folder, undefined when there is none. */
  folder(path: string): string[] | undefined;
}

/** Which files make up the configuration. */
export interface FilePlan {
  /** The first that exists is read. */
  readonly main?: { readonly paths: readonly string[]; readonly required: boolean };
  /** Every file `*.conf` in it is read, in the order of the names. */
  readonly include?: { readonly folder: string; readonly required: boolean };
  /** The first that exists is read; it holds nothing but options of ours. */
  readonly own: readonly string[];
}

/** What was said about the location of the configuration. */
export interface FileOptions {
  readonly config?: Given | undefined;
  readonly configPath?: Given | undefined;
  readonly includePath?: Given | undefined;
}

/** The table of places: what is read for every combination of config, config-path, config-include-path, no-config. */
export function planFiles({ config, configPath, includePath }: FileOptions): FilePlan {
  const folder = textOf(configPath);
  const include = includeFolder(folder, { includePath: textOf(includePath), configGiven: config !== undefined });
  if (config?.negated) return { ...include, own: [] };
  const file = textOf(config);
  if (file !== undefined) {
    const path = absolute(file);
    return { main: { paths: [path], required: true }, ...include, own: [beside(path)] };
  }
  const paths = folder === undefined ? [`${DEFAULT_FOLDER}/${FILE_NAME}`, LEGACY_FILE] : [join(folder, FILE_NAME)];
  return { main: { paths, required: false }, ...include, own: paths.map(beside) };
}

/** Reads the files of a plan, the peer's options and those of the file of our own. Errors 29, 41, 42, 55, 73. */
export function readFiles(plan: FilePlan, reader: ConfigReader): { peer: Sections; own: Sections } {
  const peer: Sections = new Map();
  const own: Sections = new Map();
  if (plan.main !== undefined) readFirst(plan.main.paths, { required: plan.main.required, reader, into: peer });
  for (const path of includedFiles(plan, reader)) readIni(reader.file(path) ?? missing(path), path, peer);
  readFirst(plan.own, { required: false, reader, into: own });
  return { peer, own };
}

/** An include folder that was named must exist, the ones beside a main file need not. */
function includeFolder(
  folder: string | undefined,
  { includePath, configGiven }: { includePath: string | undefined; configGiven: boolean },
): Pick<FilePlan, "include"> {
  if (includePath !== undefined) return { include: { folder: absolute(includePath), required: true } };
  if (folder !== undefined) return { include: { folder: join(folder, INCLUDE_NAME), required: false } };
  return configGiven ? {} : { include: { folder: `${DEFAULT_FOLDER}/${INCLUDE_NAME}`, required: false } };
}

function readFirst(
  paths: readonly string[],
  { required, reader, into }: { required: boolean; reader: ConfigReader; into: Sections },
): void {
  for (const path of paths) {
    const text = reader.file(path);
    if (text !== undefined) return readIni(text, path, into);
  }
  if (required) missing(paths[0]!);
}

function includedFiles({ include }: FilePlan, reader: ConfigReader): string[] {
  if (include === undefined) return [];
  const names = reader.folder(include.folder);
  if (names === undefined) {
    if (include.required) fail("pathMissing", `unable to list file info for missing path '${include.folder}'`);
    return [];
  }
  return names.filter((name) => /.\.conf$/s.test(name)).sort().map((name) => join(include.folder, name));
}

function missing(path: string): never {
  fail("fileMissing", `unable to open missing file '${path}' for read`);
}

function textOf(given: Given | undefined): string | undefined {
  return given?.values[0];
}

/** Relative paths count from the root folder, not from the working folder. */
function absolute(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

function join(folder: string, name: string): string {
  return `${absolute(folder).replace(/\/$/, "")}/${name}`;
}

function beside(path: string): string {
  return join(path.slice(0, path.lastIndexOf("/")) || "/", OWN_FILE_NAME);
}
