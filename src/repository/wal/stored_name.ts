import type { CompressType } from "../../stream/stage.ts";
import { COMPRESS_EXTENSIONS, compressTypeOf } from "../layout.ts";

/** A segment as it lies in the archive: `<segment>[.partial]-<sha1 of the plain content>[.ext]`. */
export interface StoredSegment {
  /** Name PostgreSQL knows, with `.partial` where it is one. */
  name: string;
  /** SHA-1 of the plain content, 40 lower-case hex digits. */
  checksum: string;
  compressType: CompressType;
}

const STORED = /^([0-9A-F]{24}(?:\.partial)?)-([0-9a-f]{40})(\.[a-z0-9]+)?$/;

/** Name of a segment in the archive. */
export function storedSegmentName(segment: StoredSegment): string {
  return `${segment.name}-${segment.checksum}${COMPRESS_EXTENSIONS[segment.compressType]}`;
}

/** A name of the archive taken apart; undefined for anything that is no stored segment. */
export function parseStoredSegment(stored: string): StoredSegment | undefined {
  const [, name, checksum, extension = ""] = STORED.exec(stored) ?? [];
  const compressType = compressTypeOf(extension);
  if (name === undefined || checksum === undefined || compressType === undefined) return undefined;
  return { name, checksum, compressType };
}

/** What the archive holds of one segment, from the names in its folder: all forms in which it is stored. */
export function findStored(folder: Iterable<string>, name: string): StoredSegment[] {
  const found: StoredSegment[] = [];
  for (const stored of folder) {
    if (!stored.startsWith(name)) continue;
    const segment = parseStoredSegment(stored);
    if (segment?.name === name) found.push(segment);
  }
  return found;
}

/** One look at the whole name: archives have hundreds of thousands. */
const COMPLETE = new RegExp(
  `^[0-9A-F]{24}-[0-9a-f]{40}(?:${
    Object.values(COMPRESS_EXTENSIONS).map((each) => each.replace(".", "\\.")).join("|")
  })$`,
);

/** Whether a stored name is that of a complete segment. */
export function isStoredSegment(stored: string): boolean {
  return COMPLETE.test(stored);
}
