import { BackRestError } from "../../error.ts";
import { formatSize } from "../../cli/size.ts";
import type { BackupInfo } from "../../repository/info/backup_info.ts";
import { archiveFolder, backupFolder } from "../../repository/layout.ts";
import type { Repository } from "../../repository/repository.ts";
import type { Room } from "../../storage/room.ts";
import { temporaryName } from "../../storage/posix_file.ts";
import type { BackupExtent } from "./data_folder.ts";

/**
 * Writes a file into both folders of the stanza, makes it durable and removes it again: what backup, archive-push and
 * expire need to be able to do; that another host allows less is a warning. Errors 41, 64, 52, 60. The name is one that
 * everybody ignores.
 */
export async function checkWritable(
  repository: Repository,
  execId: string,
  warn: (text: string) => void,
): Promise<void> {
  try {
    await tryWriting(repository, execId);
  } catch (error) {
    if (!(error instanceof BackRestError) || error.kind !== "access") throw error;
    warn(
      `repo${repository.key} cannot be written to from this host, backups and expire have to run elsewhere: ${error.message}`,
    );
  }
}

async function tryWriting({ storage, stanza }: Repository, execId: string): Promise<void> {
  for (const folder of [archiveFolder(stanza), backupFolder(stanza)]) {
    const path = temporaryName(`${folder}/check`, execId);
    await using sink = await storage.write(path, { how: "inPlace" });
    await sink.write(new TextEncoder().encode("written by check to see whether it can be\n"));
    await sink.commit();
    await storage.remove(path);
  }
}

/**
 * Whether the next full backup will find room, as warnings: judged by the last one of this cluster, else by the size of
 * the cluster itself, which compression makes smaller.
 */
export function roomWarnings(
  room: Room,
  { key, extent, backup, bundle }: { key: number; extent: BackupExtent; backup: BackupInfo; bundle: boolean },
): string[] {
  const last = backup.backups.findLast(({ type, clusterId }) => type === "full" && clusterId === backup.currentId);
  const warnings: string[] = [];
  const advice = "HINT: old backups are expired only after a new one is complete: make room, or lower " +
    `repo${key}-retention-full and run expire.`;
  if (last !== undefined && room.bytes < last.repoSizeDelta) {
    const [free, taken] = [room.bytes, last.repoSizeDelta].map(formatSize);
    warnings.push(`repo${key} has ${free} free, but the last full backup '${last.label}' took ${taken}\n${advice}`);
  }
  if (last === undefined && room.bytes < extent.bytes) {
    const [free, needed] = [room.bytes, extent.bytes].map(formatSize);
    warnings.push(`repo${key} has ${free} free, and the cluster has ${needed} before compression\n${advice}`);
  }
  if (!bundle && room.files !== undefined && room.files < extent.files) {
    warnings.push(
      `repo${key} has room for ${room.files} more files, but the cluster has ${extent.files}\n` +
        "HINT: option repo-bundle stores many small files in one.",
    );
  }
  return warnings;
}
