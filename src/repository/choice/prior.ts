import type { CompressType } from "../../stream/stage.ts";
import type { BackupInfo } from "../info/backup_info.ts";
import type { BackupRecord } from "../info/backup_record.ts";
import type { BackupType } from "../label.ts";
import type { ManifestOptions } from "../manifest/header.ts";

/** What a new backup is made against. */
export interface PriorChoice {
  /** The type that is possible: full where there is nothing to build on. */
  type: BackupType;
  prior?: BackupRecord;
  /** Why another type than the wanted one. */
  warning?: string;
}

/**
 * The backup a new one is made against: for diff the newest full, for incr the newest of any type, of the current cluster. Whether its
 * files are sound is not asked.
 */
export function choosePrior(info: BackupInfo, wanted: BackupType): PriorChoice {
  if (wanted === "full") return { type: wanted };
  const prior = info.backups.findLast(({ type, clusterId }) =>
    clusterId === info.currentId && (wanted === "incr" || type === "full")
  );
  if (prior !== undefined) return { type: wanted, prior };
  return { type: "full", warning: `no prior backup exists, ${wanted} backup has been changed to full` };
}

/** Settings that all backups of a set have to share. */
export interface SetSettings {
  compressType: CompressType;
  compressLevel: number;
  checksumPage: boolean;
}

/**
 * The wanted settings, but what the prior backup fixes for its set: compress type (with its level) and page checksums. Says what was changed.
 */
export function inheritSettings(
  wanted: SetSettings,
  prior: { label: string; options: Pick<ManifestOptions, "compressType" | "compressLevel" | "checksumPage"> },
): { settings: SetSettings; warnings: string[] } {
  const settings = { ...wanted };
  const warnings: string[] = [];
  const { compressType, compressLevel, checksumPage } = prior.options;
  if (compressType !== wanted.compressType) {
    settings.compressType = compressType;
    settings.compressLevel = compressLevel ?? wanted.compressLevel;
    warnings.push(changed("compress-type", wanted.compressType, { value: compressType, prior: prior.label }));
  }
  if (checksumPage !== wanted.checksumPage) {
    settings.checksumPage = checksumPage;
    const [from, to] = [wanted.checksumPage, checksumPage].map((value) => value ? "y" : "n");
    warnings.push(changed("checksum-page", from!, { value: to!, prior: prior.label }));
  }
  return { settings, warnings };
}

function changed(option: string, from: string, { value, prior }: { value: string; prior: string }): string {
  return `option '${option}' is '${from}', but the prior backup '${prior}' has '${value}': '${value}' is used`;
}
