import type { BackupInfo } from "../../repository/info/backup_info.ts";
import type { Repository } from "../../repository/repository.ts";
import type { Archive } from "../archive/wait.ts";
import type { TypeChoice } from "./prior.ts";
import type { BackupSettings } from "./settings.ts";
import type { BackupSource } from "./source.ts";

/** What a backup works with. */
export interface Backup extends TypeChoice {
  repository: Repository;
  info: BackupInfo;
  source: BackupSource;
  /** Where WAL has to arrive; undefined when nobody checks. */
  archive: Archive | undefined;
  settings: BackupSettings;
}
