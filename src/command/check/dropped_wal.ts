import type { Invocation } from "../../cli/invocation.ts";
import type { ControlData } from "../../postgres/control.ts";
import type { BackupInfo } from "../../repository/info/backup_info.ts";
import { archiveFolder } from "../../repository/layout.ts";
import { droppedMeaning } from "../../repository/report/wal_text.ts";
import { isSegmentFolder } from "../../repository/retention/wal_files.ts";
import { holeRuns, markedHoles } from "../../repository/wal/hole_mark.ts";
import type { Archive } from "../archive/wait.ts";

/** Warns about WAL that archive-push gave up because archive-push-queue-max was exceeded. */
export async function warnAboutDropped(
  { log }: Invocation,
  { archive, backup, control }: { archive: Archive; backup: BackupInfo; control: ControlData },
): Promise<void> {
  const { repository, archiveId } = archive;
  const cluster = Number(archiveId.slice(archiveId.lastIndexOf("-") + 1));
  const backups = backup.backups.filter(({ clusterId }) => clusterId === cluster);
  for (const run of holeRuns(await droppedIn(archive), { segmentSize: control.walSegmentSize })) {
    const which = run.count === 1 ? run.first : `${run.first} to ${run.last}`;
    log.warn(`WAL ${which} is missing in repo${repository.key}, ${droppedMeaning(run, backups)}`);
  }
}

/** WAL files of an archive that are marked as given up, ascending. */
async function droppedIn({ repository, archiveId }: Archive): Promise<string[]> {
  const { storage, stanza } = repository;
  const root = `${archiveFolder(stanza)}/${archiveId}`;
  const dropped: string[] = [];
  for await (const batch of storage.list(root)) {
    for (const { name } of batch.filter((entry) => entry.kind === "folder" && isSegmentFolder(entry.name))) {
      dropped.push(...markedHoles(await storage.names(`${root}/${name}`)));
    }
  }
  return dropped;
}
