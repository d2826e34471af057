import type { Invocation } from "../../cli/invocation.ts";
import type { BackupStop } from "../../postgres/cluster.ts";
import { DATA_TARGET } from "../../postgres/selection.ts";
import { labelFolder, storedName } from "../../repository/layout.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import type { Repository } from "../../repository/repository.ts";
import { encryptStages, keyServices, storeBytes } from "../../repository/stored_file.ts";
import type { StageSpec } from "../../stream/stage.ts";
import { segmentRange } from "../../repository/wal/segment.ts";
import { countOf, sha1Of } from "../../storage/transfer.ts";
import { type Archive, waitForSegment } from "../archive/wait.ts";
import type { LiveCluster } from "../cluster/connect.ts";

/** End of a backup with its time by the server's clock (epoch seconds). */
export interface StoppedBackup extends BackupStop {
  time: number;
}

/** Tells PostgreSQL that copying has ended. */
export async function stopBackup({ log }: Invocation, { cluster }: LiveCluster): Promise<StoppedBackup> {
  log.info("execute non-exclusive backup stop and wait for all WAL segments to archive");
  const stop = await cluster.stopBackup();
  const time = Math.floor(await cluster.clock() / 1000);
  log.info(`backup stop archive = ${stop.walFile}, lsn = ${stop.lsn}`);
  return { ...stop, time };
}

/** Where the files PostgreSQL gave at the end of a backup are stored. */
export interface LabelFileStore {
  repository: Repository;
  manifest: Manifest;
}

/** Stores backup_label, and tablespace_map where there is one, as files of the backup. */
export async function storeLabelFiles(
  invocation: Invocation,
  store: LabelFileStore,
  stop: StoppedBackup,
): Promise<void> {
  const files = [["backup_label", stop.label], ["tablespace_map", stop.tablespaceMap]] as const;
  for (const [name, text] of files) {
    if (text === "") continue;
    await storeText(store, { name: `${DATA_TARGET}/${name}`, text, time: stop.time });
    invocation.log.detail(`wrote '${name}' file returned from backup stop function`);
  }
}

async function storeText(
  { repository, manifest }: LabelFileStore,
  { name, text, time }: { name: string; text: string; time: number },
): Promise<void> {
  const { compressType: type, compressLevel: level = 0 } = manifest.options;
  const passphrase = manifest.cipherPass;
  const bytes = new TextEncoder().encode(text);
  const specs: StageSpec[] = [
    { stage: "sha1" },
    { stage: "compress", type, level },
    ...encryptStages(passphrase, "set"),
    { stage: "sha1" },
    { stage: "count" },
  ];
  const path = `${labelFolder(repository.stanza, manifest.backup.label)}/${storedName({ name }, type)}`;
  const services = keyServices(passphrase);
  const results = await storeBytes(repository.storage, [path], { bytes, specs, services });
  const { user, group, mode } = manifest.defaults.path;
  const transformed = type !== "none" || passphrase !== undefined;
  manifest.files.append(name, {
    size: bytes.length,
    time,
    user,
    group,
    mode: mode & 0o644,
    checksum: sha1Of(results),
    ...(transformed ? { repoSize: countOf(results), repoChecksum: sha1Of(results, 1) } : {}),
  });
}

/** The WAL a backup needs: everything on one timeline from the start LSN to the byte before the stop LSN. */
export interface WalRange {
  timeline: number;
  start: bigint;
  stop: bigint;
  segmentSize: number;
}

/** Waits until every segment of the range is in the archive; returns their paths there. Error 82 for each that takes too long. */
export async function waitForWal(
  { configuration: { options }, log, signal }: Invocation,
  archive: Archive,
  range: WalRange,
): Promise<string[]> {
  const { timeline, start, stop, segmentSize } = range;
  const segments = [...segmentRange({ timeline, start, stop: stop - 1n }, { segmentSize })];
  log.info(`check archive for segment(s) ${segments[0]}:${segments.at(-1)}`);
  const rules = { timeout: options.need("archive-timeout"), segmentSize, signal };
  const paths: string[] = [];
  for (const segment of segments) paths.push(await waitForSegment(archive, segment, rules));
  return paths;
}
