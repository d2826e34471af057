import type { Invocation } from "../../cli/invocation.ts";
import type { SelectionRules } from "../../postgres/selection.ts";
import { type BlockSettings, blockSettings } from "./block_options.ts";
import type { ManifestOptions } from "../../repository/manifest/header.ts";
import type { BackupSource } from "./source.ts";

/** What the options and the cluster decide about a backup. */
export interface BackupSettings {
  options: Required<ManifestOptions>;
  selection: SelectionRules;
  /** Present where small files are stored together; sizes in bytes. */
  bundling?: { limit: number; size: number };
  /** Present where only changed blocks of files are stored. */
  blocks?: BlockSettings;
}

/** Decides from the options of repository `key` and pg_control; option checksum-page without effect is a warning. */
export function backupSettings(
  { configuration: { options }, log }: Invocation,
  { control, standby }: Pick<BackupSource, "control" | "standby">,
  key: number,
): BackupSettings {
  const online = options.need("online");
  const asked = options.get("checksum-page");
  if (asked === true && !control.pageChecksums) {
    log.warn("checksum-page option set to true but checksums are not enabled on the cluster, resetting to false");
  }
  const compressType = options.need("compress-type");
  const blocks = blockSettings(options, key);
  return {
    options: {
      archiveCheck: options.get("archive-check") ?? false,
      archiveCopy: options.get("archive-copy") ?? false,
      backupStandby: standby !== undefined,
      bufferSize: options.need("buffer-size"),
      checksumPage: control.pageChecksums && (asked ?? online),
      compressType,
      compressLevel: compressType === "none" ? 0 : options.get("compress-level") ?? 0,
      compressLevelNetwork: options.need("compress-level-network"),
      delta: options.get("delta") ?? false,
      hardlink: options.get("repo-hardlink", key) ?? false,
      online,
      processMax: options.need("process-max"),
    },
    selection: {
      version: control.version,
      catalogVersion: control.catalogVersion,
      online,
      exclude: options.get("exclude") ?? [],
    },
    ...(options.get("repo-bundle", key)
      ? { bundling: { limit: options.need("repo-bundle-limit", key), size: options.need("repo-bundle-size", key) } }
      : {}),
    ...(blocks === undefined ? {} : { blocks }),
  };
}
