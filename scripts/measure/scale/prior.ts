/** A full backup that was never made: its manifest says of every file of a cluster that it is stored as it is now. */
import { parseControl } from "../../../src/postgres/control.ts";
import { systemAccounts } from "../../../src/process/accounts.ts";
import { newBackupInfo, withBackup } from "../../../src/repository/info/backup_info.ts";
import { formatLabel } from "../../../src/repository/label.ts";
import type { Manifest } from "../../../src/repository/manifest/manifest.ts";
import { recordOf } from "../../../src/repository/manifest/record.ts";
import { scanCluster } from "../../../src/command/backup/scan.ts";
import { saveInfos, saveManifest } from "./many_backups.ts";

/** Makes a repository in which the cluster in `pgPath` has a full backup that an incremental one can build on. */
export async function makePrior(repository: string, pgPath: string): Promise<void> {
  const control = parseControl(Deno.readFileSync(`${pgPath}/global/pg_control`));
  const info = newBackupInfo(control);
  const manifest = await manifestOf(pgPath, control);
  await saveManifest(repository, manifest);
  await saveInfos(repository, withBackup(info, recordOf(manifest)));
}

async function manifestOf(pgPath: string, control: ReturnType<typeof parseControl>): Promise<Manifest> {
  const ignore = () => {};
  const tree = await scanCluster(pgPath, {
    rules: { version: control.version, catalogVersion: control.catalogVersion, online: false, exclude: [] },
    accounts: systemAccounts(),
    tablespaceName: () => Promise.resolve(undefined),
    warn: ignore,
    info: ignore,
    signal: new AbortController().signal,
  });
  const { files } = tree;
  for (const row of files.rows()) {
    const checksum = row.toString(16).padStart(40, "0");
    if (files.size(row) > 0) files.set(row, { checksum, repoSize: 1000, repoChecksum: checksum });
  }
  const time = Math.floor(Date.now() / 1000);
  const label = formatLabel("full", time);
  return {
    ...tree,
    backup: {
      label,
      type: "full",
      references: [label],
      timeStart: time,
      timeCopyStart: time + 1,
      timeStop: time + 1,
      bundle: false,
      bundleRaw: false,
      blockIncr: false,
    },
    cluster: { id: 1, ...control },
    options: {
      archiveCheck: false,
      archiveCopy: false,
      checksumPage: false,
      compressType: "gz",
      compressLevel: 6,
      delta: false,
      hardlink: false,
      online: false,
    },
  };
}
