import type { Invocation } from "../cli/invocation.ts";
import type { Options } from "../config/configuration.ts";
import { openRepositories, repositoryHost } from "../context.ts";
import { fail } from "../error.ts";
import { type Archive, waitForSegment } from "./archive/wait.ts";
import { backupConfiguration } from "./check/backup_configuration.ts";
import { checkDataFolder } from "./check/data_folder.ts";
import { warnAboutDropped } from "./check/dropped_wal.ts";
import { checkInfoFiles } from "./check/info_files.ts";
import { checkWritable, roomWarnings } from "./check/repository_room.ts";
import { clusterFiles, type Clusters, connectClusters, type LiveCluster } from "./cluster/connect.ts";
import { checkArchiving, checkIsCluster } from "./cluster/settings_check.ts";

/**
 * Checks configuration, files and archiving of one stanza, or of every stanza the configuration names; with option report
 * only prints the configuration.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { options } = invocation.configuration;
  if (options.get("report")) {
    const { configurationReport } = await import("./check/report.ts");
    invocation.output(configurationReport(options));
    return 0;
  }
  if (options.get("stanza") !== undefined) {
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
  const { options: ofBackup } = backupConfiguration(invocation);
  await using clusters = await connectClusters(invocation);
  const { primary, standby } = clusters;
  if (primary === undefined && standby === undefined) {
    fail("config", "no database found", {
      hint: "check indexed pg-path/pg-host configurations; the warnings above say what each server answered.",
    });
  }
  for (const key of invocation.configuration.options.keys("pg")) await listDataFolder(invocation, key);
  await checkStandby(invocation, clusters, ofBackup);
  if (primary !== undefined) await checkPrimary(invocation, primary, ofBackup);
}

/** A data folder this user may not read would fail every backup. */
async function listDataFolder(invocation: Invocation, key: number): Promise<void> {
  for await (const _ of clusterFiles(invocation, key).storage.list("", { required: true })) return;
}

/** A standby alone is enough only where all repositories are on other hosts: there the primary checks the rest. */
async function checkStandby(
  invocation: Invocation,
  { primary, standby }: Clusters,
  ofBackup: Options,
): Promise<void> {
  const { configuration: { options }, log } = invocation;
  const isSource = options.need("backup-standby") !== "n";
  if (standby === undefined) {
    if (isSource) log.warn("option 'backup-standby' is enabled but standby is not properly configured");
    return;
  }
  const hasLocal = options.selected("repo").some((key) => options.find("repo-host", key) === undefined);
  if (primary === undefined && (hasLocal || options.keys("pg").length > 1)) {
    fail("config", "primary database not found", { hint: "check indexed pg-path/pg-host configurations" });
  }
  checkIsCluster(standby);
  if (isSource) await checkDataFolder(invocation, standby, { exclude: ofBackup.get("exclude") ?? [] });
  for (const repository of openRepositories(invocation)) {
    log.info(`check repo${repository.key} (standby)`);
    await checkInfoFiles(repository, standby.control);
  }
  log.info("switch wal not performed because this is a standby");
}

async function checkPrimary(invocation: Invocation, primary: LiveCluster, ofBackup: Options): Promise<void> {
  const { configuration, log } = invocation;
  const { options } = configuration;
  checkIsCluster(primary);
  const archiveCheck = options.get("archive-check");
  if (archiveCheck) checkArchiving(primary, { archiveModeCheck: options.get("archive-mode-check") ?? true });
  await checkPrivileges(primary);
  const extent = await checkDataFolder(invocation, primary, { exclude: ofBackup.get("exclude") ?? [] });
  const archives: Archive[] = [];
  for (const repository of openRepositories(invocation)) {
    const { key } = repository;
    log.info(`check repo${key} configuration (primary)`);
    const { archiveId, backup } = await checkInfoFiles(repository, primary.control);
    await checkWritable(repository, options.need("exec-id"), log.warn);
    const room = await (await repositoryHost(invocation, key)).room();
    const bundle = ofBackup.get("repo-bundle", key);
    for (const warning of roomWarnings(room, { key, extent, backup, bundle })) log.warn(warning);
    await warnAboutDropped(invocation, { archive: { repository, archiveId }, backup, control: primary.control });
    archives.push({ repository, archiveId });
  }
  if (archiveCheck) await checkArchives(invocation, primary, archives);
}

async function checkPrivileges({ cluster, key }: LiveCluster): Promise<void> {
  const forbidden = await cluster.forbiddenFunctions();
  if (forbidden.length === 0) return;
  fail("dbQuery", `the role that connects to pg${key} may not execute ${forbidden.join(", ")}`, {
    hint: `grant it, or connect as another role (option pg${key}-user): grant execute on function ${
      forbidden[0]
    } to ...`,
  });
}

/** Ends the present segment and waits until it is in every archive. */
async function checkArchives(
  { configuration: { options }, log, signal }: Invocation,
  { cluster, control: { walSegmentSize: segmentSize } }: LiveCluster,
  archives: readonly Archive[],
): Promise<void> {
  const segment = await cluster.switchWal();
  for (const archive of archives) {
    const { key, storage } = archive.repository;
    log.info(`check repo${key} archive for WAL (primary)`);
    const path = await waitForSegment(archive, segment, {
      timeout: options.need("archive-timeout"),
      segmentSize,
      signal,
    });
    log.info(`WAL segment ${segment} successfully archived to '${storage.root}/${path}' on repo${key}`);
  }
}
