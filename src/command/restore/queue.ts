import { fail } from "../../error.ts";
import { CONTROL_PATH } from "../../postgres/control.ts";
import { DATA_TARGET } from "../../postgres/selection.ts";
import { storedPlace } from "../../repository/layout.ts";
import type { FileView } from "../../repository/manifest/file_table.ts";
import { storedOrder } from "../../repository/manifest/stored_order.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { isForeign, printable } from "../../repository/raw_text.ts";
import { temporaryName } from "../../storage/posix_file.ts";
import type { RestoreFile } from "./restore_job.ts";
import type { RestoreLayout } from "./layout.ts";
import type { OwnerMap } from "./owners.ts";
import type { Selective } from "./selective.ts";

/** Small files go to a worker together, up to this many bytes or files. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_FILES = 256;
/** The same for the files of a bundle, which are read in one go. */
const BUNDLE_BYTES = 32 * 1024 * 1024;
const BUNDLE_FILES = 5000;

/** Manifest name of pg_control, which is restored under another name and gets its own at the very end. */
export const CONTROL_NAME: string = `${DATA_TARGET}/${CONTROL_PATH}`;

/** What the queue is made of. */
export interface QueueParts {
  manifest: Manifest;
  stanza: string;
  layout: RestoreLayout;
  owners: OwnerMap;
  /** Manifest names that are not restored. */
  skip: ReadonlySet<string>;
  /** Data bases that are restored as empty files. */
  selective: Selective | undefined;
}

/** The files in the order they are handed to workers, in batches: the biggest first, then bundle by bundle. */
export function* restoreQueue(parts: QueueParts): Generator<RestoreFile[]> {
  const { files } = parts.manifest;
  let batch: RestoreFile[] = [];
  let bytes = 0;
  let bundle: string | undefined;
  for (const row of storedOrder(files)) {
    const view = files.at(row);
    if (parts.skip.has(view.name)) continue;
    const file = restoreFileOf(view, parts);
    const from = view.bundle === undefined ? undefined : file.stored?.path;
    const limit = from === undefined ? [BATCH_BYTES, BATCH_FILES] as const : [BUNDLE_BYTES, BUNDLE_FILES] as const;
    const isFull = bytes + file.size > limit[0] || batch.length === limit[1];
    if (batch.length > 0 && (isFull || from !== bundle)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(file);
    bytes += file.size;
    bundle = from;
  }
  if (batch.length > 0) yield batch;
}

function restoreFileOf(view: FileView, { manifest, stanza, layout, owners, selective }: QueueParts): RestoreFile {
  const { row, name, size, time, mode = 0o600, checksum } = view;
  if (isForeign(name)) fail("fileOpen", `unable to restore '${printable(name)}': the name is not valid UTF-8`);
  if (checksum === undefined) fail("format", `file '${name}' has no checksum in the manifest`);
  const path = layout.locate(name);
  const zeroed = selective?.isZeroed(name) ?? false;
  const stored = zeroed ? { zeroed } : size === 0 ? {} : { stored: placeOf(view, { manifest, stanza }) };
  return {
    row,
    name,
    path: name === CONTROL_NAME ? temporaryName(path) : path,
    size,
    time,
    mode,
    checksum,
    ...owners.owner(view),
    ...stored,
  };
}

function placeOf(
  view: FileView,
  { manifest, stanza }: { manifest: Manifest; stanza: string },
): RestoreFile["stored"] & object {
  const { backup, options } = manifest;
  const place = storedPlace(view, { stanza, label: backup.label, compressType: options.compressType });
  const block = (view.block?.mapSize ?? 0) > 0 ? { block: view.block! } : {};
  return { ...place, raw: view.bundle !== undefined && backup.bundleRaw, ...block };
}
