import { fail } from "../../error.ts";
import {
  checkTimelineReachable,
  neededHistory,
  needsTimelineCheck,
  targetTimeline,
  timelineTarget,
} from "../../repository/choice/timeline.ts";
import { archiveId, clusterById } from "../../repository/info/history.ts";
import { archiveFolder } from "../../repository/layout.ts";
import { loadArchiveInfo, readSmall, type Repository } from "../../repository/repository.ts";
import { parseTimelineHistory } from "../../repository/wal/timeline_history.ts";
import { timelineOf } from "../../repository/wal/segment.ts";
import type { ChosenSet } from "./choose.ts";

/**
 * Error 58 when recovery would have to follow a timeline that cannot be reached from the backup, 55 when the history of a
 * timeline is missing; before anything is touched.
 */
export async function checkTimeline(
  { repository, info, record }: ChosenSet,
  { type, option }: { type: string; option: string | undefined },
): Promise<void> {
  if (!needsTimelineCheck({ type, online: record.options.online })) return;
  if (record.walStart === undefined || record.lsnStart === undefined) return;
  const cluster = clusterById(info, record.clusterId) ??
    fail("format", `backup '${record.label}' is of an unknown cluster`);
  const folder = `${archiveFolder(repository.stanza)}/${archiveId(cluster)}`;
  const names = await repository.storage.names(folder);
  const timeline = timelineOf(record.walStart);
  const target = targetTimeline(timelineTarget({ option, type, version: cluster.version }), {
    names,
    backup: timeline,
  });
  if (target === undefined) return;
  // The first timeline forked from nothing and has no history file.
  const forks = target === 1 ? [] : await loadHistory(repository, `${folder}/${neededHistory(target)}`);
  checkTimelineReachable(forks, { label: record.label, timeline, lsnStart: record.lsnStart, target });
}

async function loadHistory(repository: Repository, path: string): Promise<ReturnType<typeof parseTimelineHistory>> {
  const { value: archive } = await loadArchiveInfo(repository);
  const bytes = await readSmall(repository, path, archive.cipherPass);
  return parseTimelineHistory(new TextDecoder().decode(bytes), { file: path });
}
