import type { Invocation } from "../cli/invocation.ts";
import { openRepositories } from "../context.ts";
import { BackRestError } from "../error.ts";
import { archiveId } from "../repository/info/history.ts";
import { type ExpirePlan, planExpire } from "../repository/retention/plan.ts";
import { type ExpireRequest, type RetentionPolicy, withArchiveDefault } from "../repository/retention/policy.ts";
import { loadArchiveInfo, type Repository } from "../repository/repository.ts";
import { failureText, forEachRepository } from "./archive/failures.ts";
import { listArchives, listHistory, listLabelFolders } from "./expire/content.ts";
import { carryOut } from "./expire/remove.ts";
import { loadReconciledInfo, type ReconciledInfo } from "./stanza/reconciled.ts";

/** Removes what the retention rules do not ask to keep, repository by repository. Error 104 when some failed. */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration, log } = invocation;
  const { failures } = await forEachRepository(openRepositories(configuration), (each) => expireOne(invocation, each));
  if (failures.length === 0) return 0;
  for (const failure of failures) log.log("error", failureText(failure), { code: failure.error.code });
  throw new BackRestError(
    "command",
    `expire command encountered ${failures.length} error(s), check the log file for details`,
  );
}

async function expireOne(invocation: Invocation, repository: Repository): Promise<void> {
  const { configuration, log } = invocation;
  const reconciled = await loadReconciledInfo(repository, log);
  const plan = await planOne(invocation, repository, reconciled);
  for (const { level, text } of plan.notes) log.log(level, `repo${repository.key}: ${text}`);
  if (configuration.options.get("dry-run")) return;
  await carryOut(repository, plan, { changed: reconciled.changed, log });
}

async function planOne(invocation: Invocation, repository: Repository, { info }: ReconciledInfo): Promise<ExpirePlan> {
  const { value: archive } = await loadArchiveInfo(repository);
  return planExpire({
    info,
    archive,
    folders: await listLabelFolders(repository),
    wal: await listArchives(repository, archive.entries.map(archiveId)),
    history: await listHistory(repository),
  }, {
    policy: policyOf(invocation, repository.key),
    request: requestOf(invocation),
    now: Math.floor(invocation.now().getTime() / 1000),
  });
}

function policyOf({ configuration: { options } }: Invocation, key: number): RetentionPolicy {
  const [full, diff] = [options.get("repo-retention-full", key), options.get("repo-retention-diff", key)];
  const [archive, history] = [options.get("repo-retention-archive", key), options.get("repo-retention-history", key)];
  return withArchiveDefault({
    fullType: options.need("repo-retention-full-type", key),
    archiveType: options.need("repo-retention-archive-type", key),
    ...(full === undefined ? {} : { full }),
    ...(diff === undefined ? {} : { diff }),
    ...(archive === undefined ? {} : { archive }),
    ...(history === undefined ? {} : { history }),
  });
}

function requestOf({ configuration: { options } }: Invocation): ExpireRequest {
  const [set, before] = [options.get("set"), options.get("archive-expire-before")];
  return {
    oldest: options.get("oldest") ?? false,
    ...(set === undefined ? {} : { set }),
    ...(before === undefined ? {} : { archiveExpireBefore: before }),
  };
}
