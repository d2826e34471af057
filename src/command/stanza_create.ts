import type { Invocation } from "../cli/invocation.ts";
import { isEncrypted, openRepositories } from "../context.ts";
import { fail } from "../error.ts";
import type { ControlData } from "../postgres/control.ts";
import { newArchiveInfo } from "../repository/info/archive_info.ts";
import { newBackupInfo } from "../repository/info/backup_info.ts";
import type { ClusterHistory } from "../repository/info/history.ts";
import { archiveFolder, backupFolder } from "../repository/layout.ts";
import { type Repository, saveArchiveInfo, saveBackupInfo } from "../repository/repository.ts";
import { clusterOf, refuseDisagreement, refuseForeignCluster } from "./stanza/cluster_match.ts";
import { findControl } from "./stanza/control.ts";
import { type Families, readFamilies } from "./stanza/families.ts";
import { newKey } from "./stanza/passphrase.ts";

/** Creates archive.info and backup.info of the stanza in every repository. Stops at the first repository that fails. */
export async function run(invocation: Invocation): Promise<number> {
  const { log } = invocation;
  const control = await findControl(invocation);
  for (const repository of openRepositories(invocation)) {
    log.info(`stanza-create for stanza '${repository.stanza}' on repo${repository.key}`);
    const encrypted = await isEncrypted(invocation, repository.key);
    const plan = planStanza(repository, await readFamilies(repository), { control, encrypted });
    if (!plan.archive && !plan.backup) {
      log.info(`stanza '${repository.stanza}' already exists on repo${repository.key} and is valid`);
    }
    if (plan.archive) await saveArchiveInfo(repository, plan.archive);
    if (plan.backup) await saveBackupInfo(repository, plan.backup);
  }
  return 0;
}

/** What is to be written; nothing where the stanza is complete. */
interface StanzaPlan {
  archive?: ReturnType<typeof newArchiveInfo>;
  backup?: ReturnType<typeof newBackupInfo>;
}

/**
 * Decides what a repository lacks. A half that an interrupted stanza-create left behind is completed as long as nothing
 * else is there; otherwise error 55. Error 28 when what is there belongs to another cluster, 40 when the folders hold
 * something but no info file.
 */
export function planStanza(
  repository: Repository,
  { archive, backup }: Families,
  { control, encrypted }: { control: ControlData; encrypted: boolean },
): StanzaPlan {
  const cipher = (level: "archive" | "backupInfo") => encrypted ? { cipherPass: newKey(repository, { level }) } : {};
  if (archive.info === undefined && backup.info === undefined) {
    refuseContent(repository, { archive, backup });
    return {
      archive: newArchiveInfo(control, cipher("archive")),
      backup: newBackupInfo(clusterOf(control), cipher("backupInfo")),
    };
  }
  if (archive.info !== undefined && backup.info !== undefined) refuseDisagreement(archive.info, backup.info);
  for (const info of [archive.info, backup.info]) {
    if (info !== undefined) refuseForeignCluster(repository, info, control);
  }
  if (archive.info === undefined) {
    refuseHalf(repository, {
      present: "backup.info",
      missing: "archive.info",
      free: isFresh(backup.info!, { archive, backup }),
    });
    return {
      archive: newArchiveInfo(control, cipher("archive")),
      ...(backup.complete ? {} : { backup: backup.info! }),
    };
  }
  if (backup.info === undefined) {
    refuseHalf(repository, {
      present: "archive.info",
      missing: "backup.info",
      free: isFresh(archive.info, { archive, backup }),
    });
    return {
      backup: newBackupInfo(clusterOf(control), cipher("backupInfo")),
      ...(archive.complete ? {} : { archive: archive.info }),
    };
  }
  return {
    ...(archive.complete ? {} : { archive: archive.info }),
    ...(backup.complete ? {} : { backup: backup.info }),
  };
}

/** True when the other half can only be missing because it was never written. */
function isFresh(present: ClusterHistory, { archive, backup }: Families): boolean {
  return present.entries.length === 1 && archive.others.length === 0 && backup.others.length === 0;
}

function refuseContent({ key, stanza, storage }: Repository, { archive, backup }: Families): void {
  for (const [folder, { others }] of [[archiveFolder(stanza), archive], [backupFolder(stanza), backup]] as const) {
    if (others.length === 0) continue;
    fail(
      "pathNotEmpty",
      `${folder.split("/")[0]} directory not empty on repo${key}: '${storage.root}/${folder}' holds ${others[0]}`,
      {
        hint: "this may have been left by a stanza that was deleted by hand: look, and remove it if it is of no use.",
      },
    );
  }
}

function refuseHalf(
  { key, stanza }: Repository,
  { present, missing, free }: { present: string; missing: string; free: boolean },
): void {
  if (free) return;
  fail("fileMissing", `${present} exists but ${missing} is missing on repo${key}`, {
    hint: `this may be a symptom of repository corruption: pg_backrest --stanza=${stanza} stanza-delete removes ` +
      "everything that is left of the stanza.",
  });
}
