import type { Logger } from "../../log.ts";
import { CONTROL_FILE_SIZE, CONTROL_PATH, withInvalidCheckpoint } from "../../postgres/control.ts";
import { TABLESPACE_TARGET } from "../../postgres/selection.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { storageError } from "../../storage/os_error.ts";
import { parentOf } from "../../storage/path.ts";
import { removeFile, syncPath, temporaryName } from "../../storage/posix_file.ts";
import { readEntry } from "../../storage/posix.ts";
import type { RestoreLayout } from "./layout.ts";
import { MARKER } from "./targets.ts";

/**
 * Makes everything but pg_control durable, then lets pg_control appear: the last step, before which PostgreSQL cannot
 * start on the folder. In a backup of a running cluster its checkpoint is made impossible, so that PostgreSQL cannot start
 * without backup_label and believe half-copied files.
 */
export function finishRestore(
  { manifest, layout, online, log }: { manifest: Manifest; layout: RestoreLayout; online: boolean; log: Logger },
): void {
  const pgPath = layout.roots[0]!.path;
  const controlFolder = parentOf(`${pgPath}/${CONTROL_PATH}`);
  removeFile(`${pgPath}/${MARKER}`);
  for (const { name } of manifest.paths) {
    if (name === TABLESPACE_TARGET || /^pg_tblspc\/[0-9]+$/.test(name)) continue;
    log.detail(`sync path '${layout.locate(name)}'`);
    syncPath(layout.locate(name));
  }
  const beside = [...layout.roots.slice(1).map(({ path }) => path), ...layout.links.map(({ target }) => target)];
  for (const folder of new Set(beside.map(parentOf))) syncPath(folder);
  const temporary = temporaryName(`${pgPath}/${CONTROL_PATH}`);
  if (readEntry(temporary, ".") === undefined) {
    return log.warn("backup does not contain 'global/pg_control' -- cluster will not start");
  }
  log.info(`restore ${CONTROL_PATH} (performed last to ensure aborted restores cannot be started)`);
  if (online) overwriteCheckpoint(temporary);
  publish(temporary, `${pgPath}/${CONTROL_PATH}`);
  log.detail(`sync path '${controlFolder}'`);
  syncPath(controlFolder);
}

function overwriteCheckpoint(path: string): void {
  try {
    using file = Deno.openSync(path, { read: true, write: true });
    const bytes = new Uint8Array(CONTROL_FILE_SIZE);
    for (let at = 0; at < bytes.length;) {
      const count = file.readSync(bytes.subarray(at));
      if (count === null) break;
      at += count;
    }
    const changed = withInvalidCheckpoint(bytes);
    file.seekSync(0, Deno.SeekMode.Start);
    for (let at = 0; at < changed.length;) at += file.writeSync(changed.subarray(at));
    file.syncSync();
  } catch (error) {
    throw storageError("fileWrite", "write", path, error);
  }
}

function publish(from: string, to: string): void {
  try {
    Deno.renameSync(from, to);
  } catch (error) {
    throw storageError("fileMove", `move '${from}' to`, to, error);
  }
}
