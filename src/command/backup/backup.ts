import type { Invocation } from "../../cli/invocation.ts";
import type { BackupInfo } from "../../repository/info/backup_info.ts";
import type { FileTable } from "../../repository/manifest/file_table.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import type { Repository } from "../../repository/repository.ts";
import type { Archive } from "../archive/wait.ts";
import type { Comparison } from "./compare.ts";
import type { TypeChoice } from "./prior.ts";
import type { ScannedTree } from "./scan.ts";
import type { BackupSettings } from "./settings.ts";
import type { BackupSource } from "./source.ts";

/** What a backup of one repository works with. */
export interface Backup extends TypeChoice {
  /** Of the repository. */
  key: number;
  /** That of the run; where several repositories get the backup, its messages name this one. */
  invocation: Invocation;
  repository: Repository;
  info: BackupInfo;
  source: BackupSource;
  /** Where WAL has to arrive; undefined when nobody checks. */
  archive: Archive | undefined;
  settings: BackupSettings;
}

/** A backup whose files are known: what is to become of them in its repository. */
export interface Draft extends Backup {
  tree: ScannedTree;
  comparison: Comparison | undefined;
  /** True for rows whose bytes are not read. */
  isUnread(row: number): boolean;
}

/** The folder a backup is written into. */
export interface BackupFolder {
  label: string;
  /** Passphrase of the files of this set, where the repository is encrypted. */
  cipherPass: string | undefined;
  /** What a run that broke off finished in it; undefined for a new folder. */
  finished: FileTable | undefined;
}

/** A backup with the folder it is written into. */
export interface PlacedDraft extends Draft {
  folder: BackupFolder;
}

/** A backup that is being written, or is. */
export interface OpenBackup extends PlacedDraft {
  manifest: Manifest;
}
