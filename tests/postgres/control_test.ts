import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import {
  controlFile,
  INVALID_CHECKPOINT,
  parseControl,
  readControlStable,
  withInvalidCheckpoint,
} from "../../src/postgres/control.ts";
import { crc32c } from "../../src/postgres/crc32c.ts";
import { parseWalHeader } from "../../src/postgres/wal_header.ts";

interface Fields {
  control: number;
  catalog: number;
  crc: number;
  checksumVersion: number;
}

/** A pg_control made from the offsets of the spec, written independently of the reader's layouts. */
function makeControl({ control, catalog, crc, checksumVersion }: Fields, change: (view: DataView) => void = () => {}) {
  const bytes = new Uint8Array(8192);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, 7710902338970540482n, true);
  view.setUint32(8, control, true);
  view.setUint32(12, catalog, true);
  view.setBigUint64(32, 0x2_0000_0028n, true);
  view.setUint32(48, 3, true);
  view.setUint32(216, 8192, true);
  view.setUint32(228, 16 * 1024 * 1024, true);
  view.setUint32(checksumVersion, 1, true);
  change(view);
  view.setUint32(crc, crc32c(bytes.subarray(0, crc)), true);
  return bytes;
}

const V15: Fields = { control: 1300, catalog: 202209061, crc: 288, checksumVersion: 252 };

Deno.test("crc32c of the standard check string", () => {
  assertEquals(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
});

for (
  const [version, fields] of [
    ["12", { ...V15, control: 1201, catalog: 201909212 }],
    ["13", { ...V15, catalog: 202007201 }],
    ["14", { ...V15, catalog: 202107181 }],
    ["15", V15],
    ["16", { ...V15, catalog: 202307071 }],
    ["17", { ...V15, control: 1700, catalog: 202406281 }],
    ["18", { ...V15, control: 1800, catalog: 202506291, crc: 292 }],
  ] as const
) {
  Deno.test(`pg_control of PostgreSQL ${version} is read`, () => {
    assertEquals(parseControl(makeControl(fields)), {
      version,
      controlVersion: fields.control,
      catalogVersion: fields.catalog,
      systemId: 7710902338970540482n,
      checkpoint: 0x2_0000_0028n,
      timeline: 3,
      pageSize: 8192,
      walSegmentSize: 16 * 1024 * 1024,
      pageChecksums: true,
    });
  });
}

for (
  const { name, bytes, code } of [
    { name: "short", bytes: makeControl(V15).subarray(0, 511), code: 29 },
    { name: "of version 11", bytes: makeControl({ ...V15, control: 1100, catalog: 201809051 }), code: 46 },
    { name: "of an unknown version", bytes: makeControl({ ...V15, control: 4242 }), code: 46 },
    {
      name: "with an impossible segment size",
      bytes: makeControl(V15, (view) => view.setUint32(228, 3000, true)),
      code: 29,
    },
    {
      name: "with an impossible page size",
      bytes: makeControl(V15, (view) => view.setUint32(216, 64, true)),
      code: 29,
    },
  ]
) {
  Deno.test(`a pg_control ${name} is error ${code}`, () => {
    assertEquals(assertThrows(() => parseControl(bytes), BackRestError).code, code);
  });
}

Deno.test("a pg_control that changes while it is read is read again, one that stays wrong is error 26", async () => {
  const good = makeControl(V15);
  const torn = good.slice();
  torn[100] = torn[100]! ^ 1;
  const reads = [torn, good];
  const { control } = await readControlStable(() => Promise.resolve(reads.shift()!));
  assertEquals(control.timeline, 3);
  const error = await assertRejects(() => readControlStable(() => Promise.resolve(torn)), BackRestError);
  assertEquals(error.code, 26);
});

Deno.test("the stored file keeps 512 bytes, the restored one has a checkpoint that cannot be", () => {
  const noisy = makeControl(V15);
  noisy.fill(7, 512);
  const stored = controlFile(noisy);
  assertEquals([stored.length, stored.subarray(512).some((byte) => byte !== 0)], [8192, false]);
  const restored = withInvalidCheckpoint(stored);
  assertEquals(parseControl(restored).checkpoint, INVALID_CHECKPOINT);
  assertEquals(parseControl(stored).checkpoint, 0x2_0000_0028n);
});

function makeWal(change: (view: DataView) => void = () => {}): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xd110, true);
  view.setUint16(2, 0x0002, true);
  view.setBigUint64(24, 7710902338970540482n, true);
  view.setUint32(32, 2 ** 30, true);
  change(view);
  return bytes;
}

Deno.test("the header of a WAL segment is read", () => {
  assertEquals(parseWalHeader(makeWal(), "x"), { version: "15", systemId: 7710902338970540482n, segmentSize: 2 ** 30 });
});

for (
  const { name, bytes, code } of [
    { name: "shorter than its header", bytes: makeWal().subarray(0, 511), code: 42 },
    { name: "without the long header", bytes: makeWal((view) => view.setUint16(2, 0, true)), code: 29 },
    { name: "of PostgreSQL 9.6", bytes: makeWal((view) => view.setUint16(0, 0xd093, true)), code: 46 },
    { name: "with unknown magic", bytes: makeWal((view) => view.setUint16(0, 0x1234, true)), code: 46 },
    { name: "with an impossible size", bytes: makeWal((view) => view.setUint32(32, 12345678, true)), code: 29 },
  ]
) {
  Deno.test(`a WAL file ${name} is error ${code}`, () => {
    assertEquals(assertThrows(() => parseWalHeader(bytes, "x"), BackRestError).code, code);
  });
}
