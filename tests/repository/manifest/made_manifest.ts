import { FileTable } from "../../../src/repository/manifest/file_table.ts";
import type { Manifest } from "../../../src/repository/manifest/manifest.ts";
import { defaultsOf } from "../../../src/repository/manifest/tree.ts";
import { CLUSTER_15, wal } from "../made.ts";

/** Some checksum. */
export const SHA1 = "587b596f04f7db9c2cad3d6b87dd2b3a05de4f35";

/** A manifest in which everything occurs that can. */
export function madeManifest(): Manifest {
  const owner = { user: "postgres", group: "postgres", mode: 0o700 };
  const defaults = defaultsOf(owner);
  const prior = "20261122-083310F";
  const label = `${prior}_20261122-083316I`;
  return {
    backup: {
      label,
      type: "incr",
      prior,
      references: [prior, label],
      timeStart: 1795336396,
      timeCopyStart: 1795336399,
      timeStop: 1795336400,
      lsnStart: 0x1f_03000028n,
      lsnStop: 0x1f_03000100n,
      walStart: wal(3),
      walStop: wal(4),
      bundle: true,
      bundleRaw: true,
      blockIncr: true,
    },
    cluster: { id: 1, ...CLUSTER_15 },
    options: {
      archiveCheck: true,
      archiveCopy: true,
      backupStandby: false,
      bufferSize: 1048576,
      checksumPage: true,
      compressType: "zst",
      compressLevel: -5,
      compressLevelNetwork: 1,
      delta: true,
      hardlink: false,
      online: true,
      processMax: 2,
    },
    targets: [
      { name: "pg_data", type: "path", path: "/srv/pg" },
      { name: "pg_data/postgresql.conf", type: "link", path: "../etc", file: "my.conf" },
      { name: "pg_tblspc/16384", type: "link", path: "/srv/ts", tablespace: { oid: 16384, name: "ts" } },
    ],
    cipherPass: "SR7xdRoDCx2ITUz3/uEvn/GgGSRR1cSHuO/mI3DtoxhLbYigKKBWatWkyR8YG3F0",
    databases: [{ name: 'odd "name" = x', oid: 16385, lastSystemOid: 13000 }, {
      name: "postgres",
      oid: 5,
      lastSystemOid: 13000,
    }],
    annotation: { who: "me", why: "a" },
    files: madeFiles(defaults.file),
    paths: [
      { name: "pg_data", ...owner },
      { name: "pg_data/base", ...owner, group: false, mode: 0o750 },
      { name: "pg_tblspc", ...owner },
      { name: "pg_tblspc/16384", ...owner },
      { name: "pg_tblspc/16384/PG_15_202209061", ...owner },
    ],
    links: [
      { name: "pg_data/pg_tblspc/16384", destination: "/srv/ts", user: "postgres", group: "postgres" },
      { name: "pg_data/postgresql.conf", destination: "../etc/my.conf", user: "root", group: "postgres" },
    ],
    defaults,
  };
}

function madeFiles(defaults: FileTable["defaults"] & object): FileTable {
  const files = new FileTable({ defaults });
  files.append("pg_tblspc/16384/PG_15_202209061/1", { size: 5, time: 1, checksum: SHA1 });
  files.append("pg_data/PG_VERSION", { size: 0, time: -5, user: "postgres", group: "postgres", mode: 0o600 });
  files.append("pg_data/base/1/2", {
    size: 32768,
    time: 1795336390,
    originalSize: 40000,
    user: false,
    group: "staff",
    mode: 0o640,
    checksum: SHA1,
    repoChecksum: SHA1,
    repoSize: 200,
    reference: "20261122-083310F",
    bundle: { id: 3, offset: 16 },
    block: { size: 16384, checksumSize: 7, mapSize: 88 },
    pageChecksum: false,
    pageErrors: [1, [3, 5]],
  });
  files.append('pg_data/grün="{', { size: 5e10, time: 1795336390, checksum: SHA1, bundle: { id: 1, offset: 0 } });
  return files;
}
