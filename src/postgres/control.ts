import { BackRestError, fail } from "../error.ts";
import { crc32c } from "./crc32c.ts";
import { majorOf, versionOfControl } from "./version.ts";

/** Bytes of pg_control that mean anything; the file itself is padded with zeros to {@linkcode CONTROL_FILE_SIZE}. */
export const CONTROL_SIZE = 512;
export const CONTROL_FILE_SIZE = 8192;

/** Where pg_control lies below the data folder. */
export const CONTROL_PATH = "global/pg_control";

/** Checkpoint that a restore writes so that PostgreSQL cannot start without backup_label. Source: 2.59.1. */
export const INVALID_CHECKPOINT = 0xdeadn;

/** What pg_control tells of a cluster. Sizes in bytes. */
export interface ControlData {
  version: string;
  controlVersion: number;
  catalogVersion: number;
  systemId: bigint;
  /** LSN of the latest checkpoint. */
  checkpoint: bigint;
  timeline: number;
  pageSize: number;
  walSegmentSize: number;
  /** True when data checksums are fully on. */
  pageChecksums: boolean;
}

/** Offsets that moved between versions (64-bit little-endian layouts). Source: offsetof over pg_control.h. */
interface Layout {
  pageSize: number;
  walSegmentSize: number;
  checksumVersion: number;
  crc: number;
}

const LAYOUTS: readonly { from: number; layout: Layout }[] = [
  { from: 19, layout: { pageSize: 224, walSegmentSize: 240, checksumVersion: 264, crc: 304 } },
  { from: 18, layout: { pageSize: 216, walSegmentSize: 228, checksumVersion: 252, crc: 292 } },
  { from: 12, layout: { pageSize: 216, walSegmentSize: 228, checksumVersion: 252, crc: 288 } },
];

const CHECKPOINT_OFFSET = 32;
const TIMELINE_OFFSET = 48;

function layoutOf(version: string): Layout {
  const major = majorOf(version);
  return LAYOUTS.find(({ from }) => major >= from)!.layout;
}

/**
 * Reads the first {@linkcode CONTROL_SIZE} bytes of a pg_control. Errors: 46 unknown version, 26 wrong checksum (also
 * while PostgreSQL is writing it, see {@linkcode readControlStable}), 29 impossible sizes.
 */
export function parseControl(bytes: Uint8Array): ControlData {
  if (bytes.length < CONTROL_SIZE) {
    fail("format", `pg_control has ${bytes.length} bytes where at least ${CONTROL_SIZE} are expected`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, CONTROL_SIZE);
  const controlVersion = view.getUint32(8, true);
  const catalogVersion = view.getUint32(12, true);
  const version = versionOfControl(controlVersion, catalogVersion).name;
  const layout = layoutOf(version);
  checkCrc(bytes, view.getUint32(layout.crc, true), layout.crc);
  const control: ControlData = {
    version,
    controlVersion,
    catalogVersion,
    systemId: view.getBigUint64(0, true),
    checkpoint: view.getBigUint64(CHECKPOINT_OFFSET, true),
    timeline: view.getUint32(TIMELINE_OFFSET, true),
    pageSize: view.getUint32(layout.pageSize, true),
    walSegmentSize: view.getUint32(layout.walSegmentSize, true),
    pageChecksums: view.getUint32(layout.checksumVersion, true) === 1,
  };
  checkSizes(control);
  return control;
}

function checkCrc(bytes: Uint8Array, found: number, length: number): void {
  const wanted = crc32c(bytes.subarray(0, length));
  if (wanted === found) return;
  fail("checksum", `pg_control checksum is ${found.toString(16)} where ${wanted.toString(16)} is expected`, {
    hint: "is the file damaged? Look with: pg_controldata",
  });
}

/** True when a WAL segment can have this many bytes: a power of two from 1 MiB to 1 GiB. */
export function isSegmentSize(bytes: number): boolean {
  return bytes >= 2 ** 20 && bytes <= 2 ** 30 && (bytes & (bytes - 1)) === 0;
}

function checkSizes({ walSegmentSize, pageSize }: ControlData): void {
  if (!isSegmentSize(walSegmentSize)) {
    fail("format", `WAL segment size is ${walSegmentSize} in pg_control, expected a power of two from 1 MiB to 1 GiB`);
  }
  if (![1, 2, 4, 8, 16, 32].includes(pageSize / 1024)) {
    fail("format", `page size is ${pageSize} in pg_control, expected 1, 2, 4, 8, 16 or 32 KiB`);
  }
}

/**
 * Reads pg_control until it is whole: PostgreSQL overwrites it in place, so a failing read is repeated after 50 ms and
 * believed only when two reads gave the same bytes.
 */
export async function readControlStable(
  read: () => Promise<Uint8Array>,
): Promise<{ control: ControlData; bytes: Uint8Array }> {
  let previous: Uint8Array | undefined;
  for (;;) {
    const bytes = (await read()).subarray(0, CONTROL_SIZE);
    try {
      return { control: parseControl(bytes), bytes };
    } catch (error) {
      if (!(error instanceof BackRestError) || isEqual(bytes, previous)) throw error;
    }
    previous = bytes;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function isEqual(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The file a backup stores: the meaningful bytes, the rest zero. */
export function controlFile(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(CONTROL_FILE_SIZE);
  file.set(bytes.subarray(0, CONTROL_SIZE));
  return file;
}

/** The file with {@linkcode INVALID_CHECKPOINT} as its checkpoint and the checksum made right again. */
export function withInvalidCheckpoint(file: Uint8Array): Uint8Array<ArrayBuffer> {
  const changed = new Uint8Array(file);
  const { crc } = layoutOf(parseControl(file).version);
  const view = new DataView(changed.buffer);
  view.setBigUint64(CHECKPOINT_OFFSET, INVALID_CHECKPOINT, true);
  view.setUint32(crc, crc32c(changed.subarray(0, crc)), true);
  return changed;
}
