import { fail } from "../error.ts";
import { isSegmentSize } from "./control.ts";
import { versionOfWal } from "./version.ts";

/** Bytes at the start of a segment that {@linkcode parseWalHeader} wants to see. */
export const WAL_HEADER_SIZE = 512;

/** What the first page of a segment says. */
export interface WalHeader {
  version: string;
  systemId: bigint;
  /** Bytes. */
  segmentSize: number;
}

const LONG_HEADER = 0x0002;

/**
 * Reads the long header at the start of a WAL segment (PostgreSQL's XLogLongPageHeaderData, 40 bytes).
 * Errors: 42 too short, 46 unknown magic, 29 no long header or an impossible segment size.
 */
export function parseWalHeader(bytes: Uint8Array, name: string): WalHeader {
  if (bytes.length < WAL_HEADER_SIZE) {
    fail("fileRead", `WAL file '${name}' has ${bytes.length} bytes where at least ${WAL_HEADER_SIZE} are expected`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, WAL_HEADER_SIZE);
  const { name: version } = versionOfWal(view.getUint16(0, true));
  if ((view.getUint16(2, true) & LONG_HEADER) === 0) {
    fail("format", `first page header in WAL file '${name}' expected to be in long format`);
  }
  const segmentSize = view.getUint32(32, true);
  if (!isSegmentSize(segmentSize)) {
    fail(
      "format",
      `WAL file '${name}' gives its segment size as ${segmentSize}, expected a power of two from 1 MiB to 1 GiB`,
    );
  }
  return { version, systemId: view.getBigUint64(24, true), segmentSize };
}
