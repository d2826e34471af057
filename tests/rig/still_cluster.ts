/** A data folder that no server ever ran on: quick to make, to back up and to restore, with every kind of file in it. */
import { makeClusterFolder } from "./control_file.ts";
import type { Site } from "./site.ts";

/** Number of the cluster. */
const SYSTEM_ID = 7700000000000000015n;

/** Folder of the files in the tablespace `tablespace`, as PostgreSQL 15 calls it. */
export const TABLESPACE_FILES = "PG_15_202209061/5";

/** Makes the data folder `pg` of the site. */
export async function makeStillCluster(site: Site): Promise<void> {
  for (const folder of ["pg", `tablespace/${TABLESPACE_FILES.split("/")[0]}`]) site.makeFolder(folder, 0o700);
  makeClusterFolder(site, "pg", { version: "15", systemId: SYSTEM_ID });
  site.write("pg/PG_VERSION", "15\n", 0o600);
  for (const folder of ["base/1", "base/5", "pg_wal/archive_status", "pg_xact", "pg_tblspc", "pg_notify"]) {
    site.makeFolder(`pg/${folder}`, 0o700);
  }
  site.makeFolder(`tablespace/${TABLESPACE_FILES}`, 0o700);
  await site.link(site.path("tablespace"), "pg/pg_tblspc/16384");
  site.write(`tablespace/${TABLESPACE_FILES}/20000`, relation(9, 30_000), 0o600);
  site.write(`tablespace/${TABLESPACE_FILES}/20001`, "", 0o600);
  for (const name of ["postgresql.conf", "postgresql.auto.conf", "a=b [c]", "ä ö"]) {
    site.write(`pg/${name}`, `content of ${name}\n`, 0o600);
  }
  for (let i = 0; i < 30; i++) site.write(`pg/base/1/${1000 + i}`, relation(i, 8192 * (i % 4)), 0o600);
  for (const [i, size] of SIZES.entries()) site.write(`pg/base/5/${2000 + i}`, relation(i, size), 0o600);
  site.write("pg/pg_xact/0000", new Uint8Array(8192), 0o600);
  age(site);
}

/** Around the sizes at which something changes: a page, a buffer, the bundle limit, several super blocks. */
const SIZES = [8191, 8192, 16_384, 65_536, 262_143, 1_048_576, 1_048_577, 2_097_152, 2_097_153, 3_000_000];

/** Options that say where a restore of a still cluster goes: `below` and, for its tablespace, a folder beside it. */
export function restorePlaces(site: Site, below: string): string[] {
  return [`--pg1-path=${site.path(below)}`, `--tablespace-map-all=${site.path(`${below}-spaces`)}`];
}

/** Changes, lengthens, shortens, empties, touches, adds and removes files; every `round` others. */
export function changeStillCluster(site: Site, round: number): void {
  const path = (i: number) => `pg/base/5/${2000 + (i + round) % SIZES.length}`;
  patch(site, path(0), (bytes) => bytes.fill(round, 0, 100));
  patch(site, path(4), (bytes) => bytes.fill(round, 100_000, 100_001));
  patch(site, path(9), (bytes) => bytes.fill(round, bytes.length - 3));
  site.write(path(5), new Uint8Array([...read(site, path(5)), ...relation(round, 20_000)]), 0o600);
  site.write(path(7), read(site, path(7)).slice(0, 50_001), 0o600);
  site.write(`pg/base/1/${1001 + round}`, "", 0o600);
  site.write(`pg/base/1/${3000 + round}`, relation(round, 100_000), 0o600);
  Deno.utimeSync(site.path(`pg/base/1/${1010 + round}`), 1_700_000_000, 1_700_000_000 + round);
  Deno.removeSync(site.path(`pg/base/1/${1020 + round}`));
}

/** A segment of 1 MiB of the cluster; only its first header is like a real one. */
export function stillSegment(seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(1024 * 1024).fill(seed, 4096);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xd110, true);
  view.setUint16(2, 2, true);
  view.setUint32(4, 1, true);
  view.setBigUint64(24, SYSTEM_ID, true);
  view.setUint32(32, bytes.length, true);
  view.setUint32(36, 8192, true);
  return bytes;
}

function read(site: Site, below: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(site.path(below));
}

function patch(site: Site, below: string, change: (bytes: Uint8Array) => void): void {
  const bytes = read(site, below);
  change(bytes);
  site.write(below, bytes, 0o600);
}

/** Bytes that compress like those of tables: text of a few words, numbers, zeros. */
function relation(seed: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = seed * 2654435761 + 1;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = at % 8192 < 24 ? at >> 13 : (state >>> 28) < 9 ? 0x61 + (state >>> 24) % 7 : 0;
  }
  return bytes;
}

/** Makes all files older than any backup, so that nobody takes a changed one for unchanged or for one of the future. */
function age(site: Site): void {
  const walk = (below: string) => {
    for (const { name, isFile, isDirectory } of Deno.readDirSync(site.path(below))) {
      if (isFile) Deno.utimeSync(site.path(`${below}/${name}`), 1_700_000_000, 1_700_000_000);
      if (isDirectory) walk(`${below}/${name}`);
    }
  };
  walk("pg");
  walk("tablespace");
}
