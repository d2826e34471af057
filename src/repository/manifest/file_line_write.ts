import { formatJson, quoteJson } from "../json.ts";
import { BLOCK_CHECKSUM_SIZE_DEFAULT, BLOCK_UNIT, type FileData, type OwnerDefaults } from "./file_data.ts";

/**
 * The value of a line of `[target:file]`: keys ascending, whatever is implied left out. Format: section 3.6 of the
 * repository notes.
 */
export function formatFileValue(file: FileData, defaults: OwnerDefaults): string {
  return `{${placeFields(file)}${checksumFields(file)}${ownerFields(file, defaults)}` +
    `${file.repoChecksum === undefined ? "" : `"rck":"${file.repoChecksum}",`}` +
    `${file.reference === undefined ? "" : `"reference":"${file.reference}",`}` +
    `${file.repoSize === undefined || file.repoSize === file.size ? "" : `"repo-size":${file.repoSize},`}` +
    `"size":${file.size}` +
    `${file.originalSize === undefined || file.originalSize === file.size ? "" : `,"szo":${file.originalSize}`}` +
    `,"timestamp":${file.time}` +
    `${file.user === undefined || file.user === defaults.user ? "" : `,"user":${ownerJson(file.user)}`}}`;
}

/** Permission bits as manifests write them: four octal digits. */
export function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** An owner as JSON: a name, or false for an id without one. */
export function ownerJson(owner: string | false): string {
  return owner === false ? "false" : quoteJson(owner);
}

function placeFields({ block, bundle }: FileData): string {
  let fields = "";
  if (block !== undefined) {
    fields += `"bi":${block.size / BLOCK_UNIT},`;
    if (block.checksumSize !== BLOCK_CHECKSUM_SIZE_DEFAULT) fields += `"bic":${block.checksumSize},`;
    if (block.mapSize !== 0) fields += `"bim":${block.mapSize},`;
  }
  if (bundle !== undefined) {
    fields += `"bni":${bundle.id},`;
    if (bundle.offset !== 0) fields += `"bno":${bundle.offset},`;
  }
  return fields;
}

function checksumFields(file: FileData): string {
  let fields = "";
  if (file.checksum !== undefined && file.size > 0) fields += `"checksum":"${file.checksum}",`;
  if (file.pageChecksum !== undefined) fields += `"checksum-page":${file.pageChecksum},`;
  if (file.pageErrors !== undefined) fields += `"checksum-page-error":${formatJson(file.pageErrors)},`;
  return fields;
}

function ownerFields(file: FileData, defaults: OwnerDefaults): string {
  let fields = "";
  if (file.group !== undefined && file.group !== defaults.group) fields += `"group":${ownerJson(file.group)},`;
  if (file.mode !== undefined && file.mode !== defaults.mode) fields += `"mode":"${formatMode(file.mode)}",`;
  return fields;
}
