/** A full backup that was never made: its manifest says of every file of a cluster that it is stored as it is now. */
import { parseControl } from "../../../src/postgres/control.ts";
import { systemAccounts } from "../../../src/process/accounts.ts";
import { newBackupInfo, withBackup } from "../../../src/repository/info/backup_info.ts";
import { formatLabel } from "../../../src/repository/label.ts";
import {
  BLOCK_CHECKSUM_SIZE_DEFAULT,
  BLOCK_UNIT,
  type FileChange,
} from "../../../src/repository/manifest/file_data.ts";
import type { Manifest } from "../../../src/repository/manifest/manifest.ts";
import { recordOf } from "../../../src/repository/manifest/record.ts";
import { scanCluster } from "../../../src/command/backup/scan.ts";
import { saveInfos, saveManifest } from "./many_backups.ts";

/** How the files of the prior backup are stored: each by itself, many to a bundle, or as blocks in bundles. */
export type StoredForm = "files" | "bundles" | "blocks";

/** What the peer of the measurements knows: blocks of a later layout it does not. */
export function peerForm(form: StoredForm): StoredForm {
  return form === "blocks" ? "bundles" : form;
}

/** Files of a bundle, and bytes of each in it. */
const BUNDLE_FILES = 2000;
const STORED_SIZE = 1000;

/** Makes a repository in which the cluster in `pgPath` has a full backup that an incremental one can build on. */
export async function makePrior(repository: string, pgPath: string, form: StoredForm): Promise<void> {
  const control = parseControl(Deno.readFileSync(`${pgPath}/global/pg_control`));
  const info = newBackupInfo(control);
  const manifest = await manifestOf(pgPath, control, form);
  await saveManifest(repository, manifest);
  await saveInfos(repository, withBackup(info, recordOf(manifest)));
}

async function manifestOf(
  pgPath: string,
  control: ReturnType<typeof parseControl>,
  form: StoredForm,
): Promise<Manifest> {
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
    if (files.size(row) > 0) files.set(row, storedAs(form, row));
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
      bundle: form !== "files",
      bundleRaw: form === "blocks",
      blockIncr: form === "blocks",
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

function storedAs(form: StoredForm, row: number): FileChange {
  const checksum = row.toString(16).padStart(40, "0");
  const offset = (row % BUNDLE_FILES) * STORED_SIZE;
  return {
    checksum,
    repoSize: STORED_SIZE,
    repoChecksum: checksum,
    ...(form === "files" ? {} : { bundle: { id: Math.floor(row / BUNDLE_FILES) + 1, offset } }),
    ...(form === "blocks"
      ? { block: { size: BLOCK_UNIT, checksumSize: BLOCK_CHECKSUM_SIZE_DEFAULT, mapSize: 32 } }
      : {}),
  };
}
