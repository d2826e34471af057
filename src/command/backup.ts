import type { Invocation } from "../cli/invocation.ts";
import { openRepository } from "../context.ts";
import { fail } from "../error.ts";
import { prefixed } from "../log.ts";
import type { ControlData } from "../postgres/control.ts";
import type { BackupInfo } from "../repository/info/backup_info.ts";
import { archiveId, currentCluster, isSameCluster } from "../repository/info/history.ts";
import { loadArchiveInfo, type Repository } from "../repository/repository.ts";
import type { Archive } from "./archive/wait.ts";
import type { Backup } from "./backup/backup.ts";
import { completeBackup } from "./backup/complete.ts";
import { chooseType, settingsOfSet } from "./backup/prior.ts";
import { checkSameForm } from "./backup/same_form.ts";
import { backupSettings } from "./backup/settings.ts";
import { type BackupSource, openSource } from "./backup/source.ts";
import { Survivors } from "./backup/survivors.ts";
import { takeBackup } from "./backup/take.ts";
import { loadReconciledInfo } from "./stanza/reconciled.ts";

/** Backs up a cluster into one repository, or into all of them in one pass. Error 104 when some of several failed. */
export async function run(invocation: Invocation): Promise<number> {
  const keys = chooseRepositories(invocation);
  const survivors = new Survivors(keys, invocation);
  const opened = await survivors.map(keys.map((key) => ({ key })), ({ key }) => open(invocation, key, keys.length > 1));
  await using source = await openSource(invocation);
  const backups = await survivors.map(opened, (each) => begin(each, source));
  checkSameForm(backups);
  const taken = await takeBackup(invocation, backups, { source, survivors });
  await survivors.map(taken, (backup) => completeBackup(backup.invocation, backup));
  return survivors.exitCode();
}

/** Keys of the repositories that get the backup. Error 31 when both one and all are asked for. */
function chooseRepositories({ configuration: { options }, log }: Invocation): readonly number[] {
  const keys = options.selected("repo");
  if (options.get("all-repos")) {
    if (options.isSet("repo")) fail("optionInvalid", "option 'all-repos' cannot be combined with option 'repo'");
    return keys;
  }
  if (keys.length > 1) log.info(`repo option not specified, defaulting to repo${keys[0]}`);
  return keys.slice(0, 1);
}

/** A repository that is there. */
type Opened = Pick<Backup, "key" | "invocation" | "repository" | "info">;

async function open(invocation: Invocation, key: number, isOneOfSeveral: boolean): Promise<Opened> {
  const log = isOneOfSeveral ? prefixed(invocation.log, `repo${key}: `) : invocation.log;
  const repository = openRepository(invocation, key);
  const { info } = await loadReconciledInfo(repository, log);
  return { key, invocation: { ...invocation, log }, repository, info };
}

/** What the backup will be in a repository. */
async function begin(opened: Opened, source: BackupSource): Promise<Backup> {
  const { key, invocation, repository, info } = opened;
  checkStanza(repository, info, source.control);
  const choice = await chooseType(invocation, repository, info);
  const settings = settingsOfSet(invocation, backupSettings(invocation, source, key), choice.prior);
  return { ...opened, source, ...choice, settings, archive: await openArchive(invocation, repository) };
}

function checkStanza({ key, stanza }: Repository, info: BackupInfo, control: ControlData): void {
  const current = currentCluster(info);
  if (isSameCluster(current, control)) return;
  fail(
    "backupMismatch",
    `PostgreSQL version ${control.version}, system-id ${control.systemId} do not match repo${key} stanza version ` +
      `${current.version}, system-id ${current.systemId}`,
    {
      hint:
        `is this the correct stanza? After an upgrade of PostgreSQL run: pg_backrest --stanza=${stanza} stanza-upgrade`,
    },
  );
}

async function openArchive(
  { configuration: { options } }: Invocation,
  repository: Repository,
): Promise<Archive | undefined> {
  if (!options.get("archive-check")) return undefined;
  return { repository, archiveId: archiveId(currentCluster((await loadArchiveInfo(repository)).value)) };
}
