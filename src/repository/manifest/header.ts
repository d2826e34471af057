import type { CompressType } from "../../stream/stage.ts";
import type { BackupType } from "../label.ts";

/** Section `[backup]`: what was backed up and when. Times in epoch seconds. */
export interface ManifestBackup {
  label: string;
  type: BackupType;
  /** Label this backup was made against; absent for full ones. */
  prior?: string;
  /** All backups of the chain, oldest first, this one last. Block maps refer to backups by their place in this list. */
  references: string[];
  timeStart: number;
  /** Copying began not before this; later changes have a newer modification time. */
  timeCopyStart: number;
  /** 0 while the manifest is partial. */
  timeStop: number;
  lsnStart?: bigint;
  lsnStop?: bigint;
  walStart?: string;
  walStop?: string;
  /** Whether this backup bundles small files. */
  bundle: boolean;
  /** Whether bundled files are in raw form; the same for all backups of a set. */
  bundleRaw: boolean;
  /** Whether this backup stores changed blocks only. */
  blockIncr: boolean;
}

/** Section `[backup:db]`: the cluster. While the manifest is partial, id and system id are 0. */
export interface ManifestCluster {
  id: number;
  systemId: bigint;
  version: string;
  catalogVersion: number;
  controlVersion: number;
}

/** Section `[backup:option]`. What may be absent is known only at the end. */
export interface ManifestOptions {
  archiveCheck: boolean;
  archiveCopy: boolean;
  backupStandby?: boolean;
  bufferSize?: number;
  checksumPage: boolean;
  compressType: CompressType;
  compressLevel?: number;
  compressLevelNetwork?: number;
  delta: boolean;
  hardlink: boolean;
  online: boolean;
  processMax?: number;
}

/** Line of `[backup:target]`: the data directory, or what a link in it leads to. */
export interface BackupTarget {
  /** `pg_data`, `pg_data/<link>`, or `pg_tblspc/<oid>`. */
  name: string;
  type: "path" | "link";
  /** Raw text of the link, as it stands in it; of a link to a file its folder. */
  path: string;
  /** Base name, for links to files. */
  file?: string;
  tablespace?: { oid: number; name: string };
}

/** Line of `[db]`: a database of the cluster. */
export interface ManifestDatabase {
  name: string;
  oid: number;
  /** Last oid that is no user's: that of template0. */
  lastSystemOid: number;
}

/** All of a manifest that stands before its files. */
export interface ManifestHeader {
  backup: ManifestBackup;
  cluster: ManifestCluster;
  options: ManifestOptions;
  targets: BackupTarget[];
  /** Passphrase of the files of this set, where the repository is encrypted. */
  cipherPass?: string;
  /** Absent for offline backups. */
  databases?: ManifestDatabase[];
  annotation?: Record<string, string>;
}
