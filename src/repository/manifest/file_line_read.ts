import { splitEntry } from "../info/container_read.ts";
import {
  countOf,
  type Fields,
  optionalCount,
  optionalFlag,
  optionalOwner,
  optionalText,
  timeOf,
  wrong,
} from "../info/fields.ts";
import { isLabel } from "../label.ts";
import { decodeRaw, printable } from "../raw_text.ts";
import { BLOCK_CHECKSUM_SIZE_DEFAULT, BLOCK_UNIT, type FileData } from "./file_data.ts";
import { KnownFileShape } from "./file_line_shape.ts";
import { checkFileName } from "./file_name.ts";
import { readPageErrors } from "./page_errors.ts";

/** A line of `[target:file]` taken apart. */
export interface FileLine {
  /** Where the name ends; it begins with the line. */
  equals: number;
  data: FileData;
}

/** Reads lines of `[target:file]`; a name that leads out of the tree, or a value that is no file, is error 29. */
export class FileLineReader {
  readonly #known = new KnownFileShape();

  read(line: Uint8Array): FileLine {
    const first = line.indexOf(0x3d);
    const data = first > 0 && line[first + 1] === 0x7b ? this.#known.read(line, first + 2) : undefined;
    if (data !== undefined) {
      checkFileName(line.subarray(0, first));
      return { equals: first, data };
    }
    const { equals, value } = splitEntry(line);
    const name = line.subarray(0, equals);
    checkFileName(name);
    const where = `file '${printable(decodeRaw(name))}'`;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return wrong({ values: { value }, where }, "value", "an object");
    }
    return { equals, data: readFile({ values: value, where }) };
  }
}

/** Permission bits from four octal digits, or undefined where there are none. */
export function optionalMode(fields: Fields): number | undefined {
  const mode = optionalText(fields, "mode");
  if (mode === undefined) return undefined;
  return /^[0-7]{4}$/.test(mode) ? parseInt(mode, 8) : wrong(fields, "mode", "four octal digits");
}

function readFile(fields: Fields): FileData {
  const data: FileData = { size: countOf(fields, "size"), time: timeOf(fields, "timestamp") };
  const put = <Key extends keyof FileData>(key: Key, value: FileData[Key] | undefined): void => {
    if (value !== undefined) data[key] = value;
  };
  const blockUnits = optionalCount(fields, "bi");
  const bundle = optionalCount(fields, "bni");
  const reference = optionalText(fields, "reference");
  if (reference !== undefined && !isLabel(reference)) wrong(fields, "reference", "a backup label");
  put("originalSize", optionalCount(fields, "szo"));
  put("user", optionalOwner(fields, "user"));
  put("group", optionalOwner(fields, "group"));
  put("mode", optionalMode(fields));
  put("checksum", optionalSha1(fields, "checksum"));
  put("repoChecksum", optionalSha1(fields, "rck"));
  put("repoSize", optionalCount(fields, "repo-size"));
  put("reference", reference);
  put("pageChecksum", optionalFlag(fields, "checksum-page"));
  if (bundle) put("bundle", { id: bundle, offset: optionalCount(fields, "bno") ?? 0 });
  if (blockUnits) {
    put("block", {
      size: blockUnits * BLOCK_UNIT,
      checksumSize: optionalCount(fields, "bic") ?? BLOCK_CHECKSUM_SIZE_DEFAULT,
      mapSize: optionalCount(fields, "bim") ?? 0,
    });
  }
  const pageErrors = fields.values["checksum-page-error"];
  if (pageErrors !== undefined) put("pageErrors", readPageErrors(pageErrors));
  return data;
}

function optionalSha1(fields: Fields, key: string): string | undefined {
  const text = optionalText(fields, key);
  return text === undefined || /^[0-9a-f]{40}$/.test(text) ? text : wrong(fields, key, "40 hex digits");
}
