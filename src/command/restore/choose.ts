import type { Invocation } from "../../cli/invocation.ts";
import { openRepositories } from "../../context.ts";
import { asError, errorText } from "../../error.ts";
import { chooseSet, type SetCandidate, type SetTarget } from "../../repository/choice/restore_set.ts";
import { parseTargetTime } from "../../repository/choice/target_time.ts";
import type { BackupInfo } from "../../repository/info/backup_info.ts";
import type { BackupRecord } from "../../repository/info/backup_record.ts";
import type { Repository } from "../../repository/repository.ts";
import { parseLsn } from "../../repository/wal/lsn.ts";
import { loadVisibleInfo } from "../stanza/reconciled.ts";

/** The backup that is restored. */
export interface ChosenSet {
  repository: Repository;
  info: BackupInfo;
  record: BackupRecord;
}

/** Chooses the backup to restore among those of all repositories. Errors 75 none fits, 29 a bad time. */
export async function chooseBackup(invocation: Invocation): Promise<ChosenSet> {
  const { configuration, log } = invocation;
  const repositories = openRepositories(invocation);
  const target = setTarget(configuration);
  const candidates = await Promise.all(repositories.map((repository) => loadCandidate(repository, log.warn)));
  const { key, info, record, warnings } = chooseSet(candidates, target, configuration.options.need("set-choice"));
  for (const warning of warnings) log.warn(warning);
  return { repository: repositories.find((repository) => repository.key === key)!, info, record };
}

async function loadCandidate(repository: Repository, warn: (text: string) => void): Promise<SetCandidate> {
  try {
    return { key: repository.key, info: await loadVisibleInfo(repository, warn) };
  } catch (thrown) {
    const error = asError(thrown);
    return { key: repository.key, error: `[${error.name}] ${errorText(error)}` };
  }
}

function setTarget({ options }: Invocation["configuration"]): SetTarget {
  if (options.isSet("set")) return { set: options.need("set") };
  const type = options.need("type");
  if (type === "time") return { time: parseTargetTime(options.need("target")) };
  if (type === "lsn") return { lsn: parseLsn(options.need("target")) };
  return { newest: true };
}
