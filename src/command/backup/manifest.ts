import type { Invocation } from "../../cli/invocation.ts";
import { annotated } from "../../repository/info/backup_record.ts";
import type { BackupInfo } from "../../repository/info/backup_info.ts";
import type { BackupType } from "../../repository/label.ts";
import type { ManifestBackup } from "../../repository/manifest/header.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { parseLsn } from "../../repository/wal/lsn.ts";
import type { PriorBackup } from "./prior.ts";
import type { ScannedTree } from "./scan.ts";
import type { BackupSettings } from "./settings.ts";
import type { BackupSource } from "./source.ts";
import type { StartedBackup } from "./start.ts";

/** What a manifest is made of, before anything is copied. Times in epoch seconds. */
export interface ManifestParts {
  type: BackupType;
  label: string;
  prior: PriorBackup | undefined;
  info: BackupInfo;
  source: BackupSource;
  settings: BackupSettings;
  tree: ScannedTree;
  timeStart: number;
  timeCopyStart: number;
  /** Absent offline. */
  started: StartedBackup | undefined;
  cipherPass: string | undefined;
  /** Whether files are compared by their bytes. */
  delta: boolean;
}

/** The manifest of a backup that is about to copy. */
export function newManifest({ configuration: { options } }: Invocation, parts: ManifestParts): Manifest {
  const { tree, info, source: { control }, settings, started, cipherPass, delta } = parts;
  const annotation = annotated(undefined, Object.fromEntries(options.get("annotation") ?? []));
  return {
    ...tree,
    backup: backupHeader(parts),
    cluster: {
      id: info.currentId,
      systemId: control.systemId,
      version: control.version,
      catalogVersion: control.catalogVersion,
      controlVersion: control.controlVersion,
    },
    options: { ...settings.options, delta },
    ...(cipherPass === undefined ? {} : { cipherPass }),
    ...(started === undefined ? {} : { databases: started.databases }),
    ...(Object.keys(annotation).length === 0 ? {} : { annotation }),
  };
}

function backupHeader(
  { type, label, prior, settings, timeStart, timeCopyStart, started }: ManifestParts,
): ManifestBackup {
  return {
    label,
    type,
    ...(prior === undefined ? {} : { prior: prior.label }),
    references: [...prior?.header.backup.references ?? [], label],
    timeStart,
    timeCopyStart,
    timeStop: 0,
    ...(started === undefined ? {} : { lsnStart: parseLsn(started.lsn), walStart: started.walFile }),
    bundle: settings.bundling !== undefined,
    bundleRaw: prior?.header.backup.bundleRaw ?? settings.blocks !== undefined,
    blockIncr: settings.blocks !== undefined,
  };
}
