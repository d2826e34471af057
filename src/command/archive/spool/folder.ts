import type { Options } from "../../../config/configuration.ts";
import { errorOfCode } from "../../../error.ts";
import { isMissing, storageError } from "../../../storage/os_error.ts";
import { openSink, removeFile } from "../../../storage/posix_file.ts";
import { ERROR_SUFFIX, formatNote, GLOBAL, OK_SUFFIX, type Status, statusOf } from "./status.ts";

/** Where the spool of a stanza has its parts. The first two are the peer's too, the others it leaves alone. */
export interface Spool {
  /** Status files of archive-push. */
  readonly out: string;
  /** Segments fetched ahead of archive-get, and their status files. */
  readonly in: string;
  /** What the status files of archive-push are true of. */
  readonly pushIdentity: string;
  /** What the segments fetched ahead are copies of. */
  readonly getIdentity: string;
  /** What the background process of archive-get is about to fetch. */
  readonly fetching: string;
  /** Names of WAL files that were dropped and are not marked in every repository yet. */
  readonly dropped: string;
  /** Where background processes that stay answer. */
  readonly pushSocket: string;
  readonly getSocket: string;
}

/** The spool of the configured stanza. Error 37 without spool-path. */
export function spoolOf(options: Options): Spool {
  const root = `${options.need("spool-path")}/archive/${options.need("stanza")}`;
  return {
    out: `${root}/out`,
    in: `${root}/in`,
    pushIdentity: `${root}/identity`,
    getIdentity: `${root}/identity-get`,
    fetching: `${root}/fetching`,
    dropped: `${root}/dropped`,
    pushSocket: `${root}/push.socket`,
    getSocket: `${root}/get.socket`,
  };
}

/** The status of a file or, where it has none, that of the whole run; undefined while nothing is known. Error 29. */
export function readStatus(folder: string, name: string): Status | undefined {
  return readOwnStatus(folder, name) ?? readOwnStatus(folder, GLOBAL);
}

function readOwnStatus(folder: string, name: string): Status | undefined {
  const ok = name === GLOBAL ? undefined : readIfThere(`${folder}/${name}${OK_SUFFIX}`);
  const error = ok === undefined ? readIfThere(`${folder}/${name}${ERROR_SUFFIX}`) : undefined;
  return statusOf(name, { ok, error });
}

/** Text of a small file; undefined when there is none. Error 42. */
export function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw storageError("fileRead", "read file", path, error);
  }
}

/** Writes the status of a file, durable before it is visible. */
export async function writeStatus(folder: string, name: string, status: Status): Promise<void> {
  await writeWhole(`${folder}/${name}${status.ok ? OK_SUFFIX : ERROR_SUFFIX}`, formatNote(status.note));
}

/** Writes a small file of the spool, durable before it is visible. */
export async function writeWhole(path: string, content: string): Promise<void> {
  await using sink = openSink(path);
  await sink.write(new TextEncoder().encode(content));
  await sink.commit();
}

/** Forgets the errors of a file and of the whole, as is done before another try. */
export function clearErrors(folder: string, name: string): void {
  for (const each of [name, GLOBAL]) removeFile(`${folder}/${each}${ERROR_SUFFIX}`);
}

/** Throws what a status file keeps of an error: the code, and a text that brings its hints along. */
export function throwStored({ code, text }: { code: number; text: string }): never {
  throw errorOfCode(code, text);
}
