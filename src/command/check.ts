import type { Invocation } from "../cli/invocation.ts";
import { openRepositories } from "../context.ts";
import { fail } from "../error.ts";
import type { ControlData } from "../postgres/control.ts";
import { archiveId, type ClusterHistory, currentCluster, isSameCluster } from "../repository/info/history.ts";
import { loadArchiveInfo, loadBackupInfo, type Repository } from "../repository/repository.ts";
import { type Archive, waitForSegment } from "./archive/wait.ts";
import { clusterFiles, connectClusters, type LiveCluster } from "./cluster/connect.ts";
import { checkArchiving, checkIsCluster } from "./cluster/settings_check.ts";

/** Checks configuration and archiving of one stanza, or of every stanza the configuration names. */
export async function run(invocation: Invocation): Promise<number> {
  if (invocation.configuration.options.get("stanza") !== undefined) {
    await checkStanza(invocation);
    return 0;
  }
  const stanzas = invocation.stanzas();
  if (stanzas.length === 0) {
    invocation.log.warn("no stanzas found to check\nHINT: are there stanza sections in the configuration file?");
  }
  for (const stanza of stanzas) {
    invocation.log.info(`check stanza '${stanza}'`);
    await checkStanza({ ...invocation, configuration: invocation.configure(stanza) });
  }
  return 0;
}

async function checkStanza(invocation: Invocation): Promise<void> {
  await using clusters = await connectClusters(invocation);
  const { primary, standby } = clusters;
  if (primary === undefined && standby === undefined) {
    fail("config", "no database found", {
      hint: "check indexed pg-path/pg-host configurations; the warnings above say what each server answered.",
    });
  }
  for (const key of invocation.configuration.options.keys("pg")) await listDataFolder(invocation, key);
  if (standby !== undefined) await checkStandby(invocation, standby, primary !== undefined);
  if (primary !== undefined) await checkPrimary(invocation, primary);
}

/** A data folder this user may not read would fail every backup. */
async function listDataFolder(invocation: Invocation, key: number): Promise<void> {
  for await (const _ of clusterFiles(invocation, key).storage.list("", { required: true })) return;
}

async function checkStandby(invocation: Invocation, standby: LiveCluster, primaryFound: boolean): Promise<void> {
  const { configuration, log } = invocation;
  if (!primaryFound && configuration.options.keys("pg").length > 1) {
    fail("config", "primary database not found", { hint: "check indexed pg-path/pg-host configurations." });
  }
  checkIsCluster(standby);
  for (const repository of openRepositories(configuration)) {
    log.info(`check repo${repository.key} (standby)`);
    await checkInfoFiles(repository, standby.control);
  }
  log.info("switch wal not performed because this is a standby");
}

async function checkPrimary(invocation: Invocation, primary: LiveCluster): Promise<void> {
  const { configuration, log, signal } = invocation;
  const { options } = configuration;
  checkIsCluster(primary);
  const archiveCheck = options.get("archive-check");
  if (archiveCheck) checkArchiving(primary, { archiveModeCheck: options.get("archive-mode-check") ?? true });
  const archives: Archive[] = [];
  for (const repository of openRepositories(configuration)) {
    log.info(`check repo${repository.key} configuration (primary)`);
    archives.push({ repository, archiveId: await checkInfoFiles(repository, primary.control) });
  }
  if (!archiveCheck) return;
  const segment = await primary.cluster.switchWal();
  for (const archive of archives) {
    const { key, storage } = archive.repository;
    log.info(`check repo${key} archive for WAL (primary)`);
    const path = await waitForSegment(archive, segment, { timeout: options.need("archive-timeout"), signal });
    log.info(`WAL segment ${segment} successfully archived to '${storage.root}/${path}' on repo${key}`);
  }
}

/** Loads both info files and returns the archive id of this cluster. Error 28 when they are of another one. */
export async function checkInfoFiles(repository: Repository, control: ControlData): Promise<string> {
  const archive = (await loadArchiveInfo(repository)).value;
  const backup = (await loadBackupInfo(repository)).value;
  for (const [name, info] of [["archive.info", archive], ["backup.info", backup]] as [string, ClusterHistory][]) {
    const current = currentCluster(info);
    if (isSameCluster(current, control)) continue;
    fail(
      "fileInvalid",
      `${name} on repo${repository.key} is of version ${current.version}, system-id ${current.systemId}, but the cluster ` +
        `is of version ${control.version}, system-id ${control.systemId}`,
      {
        hint:
          `is this the correct stanza? After an upgrade of PostgreSQL run: pg_backrest --stanza=${repository.stanza} stanza-upgrade`,
      },
    );
  }
  return archiveId(currentCluster(archive));
}
