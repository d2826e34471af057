import type { Logger } from "../../log.ts";
import { asError } from "../../error.ts";
import {
  archiveFolder,
  archivePath,
  backupFolder,
  copyOf,
  HISTORY_NAME,
  historyManifestPath,
  labelFolder,
  manifestPath,
} from "../../repository/layout.ts";
import type { ExpirePlan } from "../../repository/retention/plan.ts";
import type { ArchiveRemoval } from "../../repository/retention/wal_files.ts";
import { removalWaves } from "../../repository/retention/waves.ts";
import { type Repository, saveBackupInfo } from "../../repository/repository.ts";
import { pointLatest } from "../backup/complete.ts";

/**
 * Carries out a plan. backup.info comes first, without the backups that go, then their folders, dependents first: the
 * manifest of each is gone for good before what it needs is touched. Then come WAL and history. Whatever the moment of a
 * kill, what is listed is complete and what is left over is a folder nobody lists, which the next run removes. A folder
 * that cannot be removed is a warning.
 */
export async function carryOut(
  repository: Repository,
  plan: ExpirePlan,
  { changed, log }: { changed: boolean; log: Logger },
): Promise<void> {
  const { storage, stanza } = repository;
  if (changed || plan.expired.length > 0) await saveBackupInfo(repository, plan.info);
  const newest = plan.info.backups.at(-1)?.label;
  if (plan.latestExpired && newest !== undefined) await pointLatest(repository, newest);
  const labels = [...new Set([...plan.expired.map(({ label }) => label), ...plan.folders])];
  for (const wave of removalWaves(labels)) await removeWave(repository, wave, log);
  // A folder that came back after a crash would be one without a manifest: the next run removes it.
  if (labels.length > 0) await storage.syncFolder(backupFolder(stanza));
  for (const removal of plan.wal) await removeWal(repository, removal);
  for (const year of plan.history.years) await storage.removeTree(`${backupFolder(stanza)}/${HISTORY_NAME}/${year}`);
  for (const label of plan.history.labels) await storage.remove(historyManifestPath(stanza, label));
}

/** Removes backups that need none of each other, step by step: one commit of the file system then serves many folders. */
async function removeWave(repository: Repository, wave: readonly string[], log: Logger): Promise<void> {
  let left = wave;
  for (const step of [removeManifests, syncLabel, removeRest]) {
    const done: string[] = [];
    for (const label of left) {
      try {
        await step(repository, label);
        done.push(label);
      } catch (error) {
        log.warn(
          `unable to remove expired backup ${label}: ${asError(error).message}\nHINT: the next expire tries again.`,
        );
      }
    }
    left = done;
  }
}

async function removeManifests({ storage, stanza }: Repository, label: string): Promise<void> {
  const manifest = manifestPath(stanza, label);
  for (const path of [manifest, copyOf(manifest)]) await storage.remove(path);
}

async function syncLabel({ storage, stanza }: Repository, label: string): Promise<void> {
  const folder = labelFolder(stanza, label);
  if (await storage.info(folder) !== undefined) await storage.syncFolder(folder);
}

async function removeRest({ storage, stanza }: Repository, label: string): Promise<void> {
  await storage.removeTree(labelFolder(stanza, label));
}

async function removeWal({ storage, stanza }: Repository, removal: ArchiveRemoval): Promise<void> {
  const root = `${archiveFolder(stanza)}/${removal.archiveId}`;
  if (removal.all) await storage.removeTree(root);
  for (const folder of removal.folders) await storage.removeTree(`${root}/${folder}`);
  for (const { folder, name } of removal.files) await storage.remove(`${root}/${folder}/${name}`);
  for (const name of removal.history) await storage.remove(archivePath({ stanza, archiveId: removal.archiveId }, name));
}
