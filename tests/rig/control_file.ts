/** pg_control of clusters that were never there, for commands that look at nothing else of a cluster. */
import { crc32c } from "../../src/postgres/crc32c.ts";
import type { Site } from "./site.ts";

/** Numbers of the versions: pg_control, catalog, and where the checksum stands. */
const VERSIONS = {
  "12": { control: 1201, catalog: 201909212, crc: 288 },
  "13": { control: 1300, catalog: 202007201, crc: 288 },
  "14": { control: 1300, catalog: 202107181, crc: 288 },
  "15": { control: 1300, catalog: 202209061, crc: 288 },
} as const;

/** Writes a data folder with nothing but a pg_control and gives its path. */
export function makeClusterFolder(
  site: Site,
  below: string,
  { version, systemId }: { version: keyof typeof VERSIONS; systemId: bigint },
): string {
  const { control, catalog, crc } = VERSIONS[version];
  const bytes = new Uint8Array(8192);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, systemId, true);
  view.setUint32(8, control, true);
  view.setUint32(12, catalog, true);
  view.setBigUint64(32, 0x2_0000_0028n, true);
  view.setUint32(48, 1, true);
  view.setUint32(216, 8192, true);
  view.setUint32(228, 16 * 1024 * 1024, true);
  view.setUint32(252, 1, true);
  view.setUint32(crc, crc32c(bytes.subarray(0, crc)), true);
  site.makeFolder(`${below}/global`);
  site.write(`${below}/global/pg_control`, bytes);
  return site.path(below);
}
