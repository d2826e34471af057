import type { BackupInfo } from "./info/backup_info.ts";

/**
 * The first of some backups whose blocks are in the layout that was a beta of the peer up to 2.45: everything else is the
 * same, so that only the version of the program that made the backup tells. Source: section 9.7 of the repository notes.
 */
export function findBetaBlocks({ backups }: BackupInfo, labels: readonly string[]): string | undefined {
  return backups.find(({ label, writer, repoSizeMap }) => {
    return labels.includes(label) && repoSizeMap !== undefined && isBeta(writer);
  })?.label;
}

function isBeta(writer: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(writer) ?? [];
  return Number(major) < 2 || major === "2" && Number(minor) < 46;
}
