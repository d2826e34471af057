import type { Invocation } from "../cli/invocation.ts";
import { openRepositories, repositoryHost } from "../context.ts";
import { BackRestError, fail } from "../error.ts";
import { isLabel } from "../repository/label.ts";
import { isSegment } from "../repository/wal/segment.ts";
import { archiveId } from "../repository/info/history.ts";
import { type ExpirePlan, foldersToList, planExpire } from "../repository/retention/plan.ts";
import { type ExpireRequest, type RetentionPolicy, withArchiveDefault } from "../repository/retention/policy.ts";
import { loadArchiveInfo, type Repository } from "../repository/repository.ts";
import { failureText, forEachRepository } from "./archive/failures.ts";
import { putOff } from "./expire/put_off.ts";
import { listArchives, listHistory, listLabelFolders, withNames } from "./expire/content.ts";
import { carryOut } from "./expire/remove.ts";
import { loadReconciledInfo, type ReconciledInfo } from "./stanza/reconciled.ts";

/** Removes what the retention rules do not ask to keep, repository by repository. Error 104 when some failed. */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration, log } = invocation;
  checkRequest(requestOf(invocation));
  const { done, failures } = await forEachRepository(
    openRepositories(invocation),
    (each) => expireOne(invocation, each),
  );
  if (done.length > 0 && done.every(({ result }) => !result.setFound)) {
    log.warn(`backup ${configuration.options.get("set")} does not exist\nHINT: look with info and try again.`);
  }
  if (failures.length === 0) return 0;
  for (const failure of failures) log.log("error", failureText(failure), { code: failure.error.code });
  throw new BackRestError(
    "command",
    `expire command encountered ${failures.length} error(s), check the log file for details`,
  );
}

async function expireOne(invocation: Invocation, repository: Repository): Promise<ExpirePlan> {
  const { configuration, log } = invocation;
  const reconciled = await loadReconciledInfo(repository, log);
  const wanted = await planOne(invocation, repository, reconciled);
  await using claims = await claimAll(invocation, repository, [
    ...wanted.expired.map(({ label }) => label),
    ...wanted.folders,
  ]);
  const plan = putOff(wanted, reconciled.info, claims.inUse);
  for (const { level, text } of plan.notes) log.log(level, `repo${repository.key}: ${text}`);
  if (!configuration.options.get("dry-run")) await carryOut(repository, plan, { changed: reconciled.changed, log });
  return plan;
}

/** Errors: 31 oldest together with set, 32 a set that is no label or a segment that is none. */
function checkRequest({ set, oldest, archiveExpireBefore }: ExpireRequest): void {
  if (oldest && set !== undefined) fail("optionInvalid", "option 'oldest' cannot be combined with option 'set'");
  if (set !== undefined && !isLabel(set)) fail("optionInvalidValue", `'${set}' is not a valid backup label format`);
  if (archiveExpireBefore !== undefined && !isSegment(archiveExpireBefore)) {
    fail("optionInvalidValue", `'${archiveExpireBefore}' is not a WAL segment name of 24 hexadecimal digits`);
  }
}

/** The right to remove backups, but those that are being restored. Disposing gives it back. */
async function claimAll(
  invocation: Invocation,
  { key, stanza }: Repository,
  labels: readonly string[],
): Promise<AsyncDisposable & { inUse: Set<string> }> {
  await using claims = new AsyncDisposableStack();
  const inUse = new Set<string>();
  const host = await repositoryHost(invocation, key, stanza);
  for (const label of new Set(labels)) {
    const claim = await host.claimSet(label);
    if (claim === undefined) inUse.add(label);
    else claims.use(claim);
  }
  const taken = claims.move();
  return { inUse, [Symbol.asyncDispose]: () => taken.disposeAsync() };
}

async function planOne(invocation: Invocation, repository: Repository, { info }: ReconciledInfo): Promise<ExpirePlan> {
  const { value: archive } = await loadArchiveInfo(repository);
  const rules = {
    policy: policyOf(invocation, repository.key),
    request: requestOf(invocation),
    now: Math.floor(invocation.now().getTime() / 1000),
  };
  const wal = await listArchives(repository, archive.entries.map(archiveId));
  return planExpire({
    info,
    archive,
    folders: await listLabelFolders(repository),
    wal: await withNames(repository, wal, foldersToList({ info, archive, wal }, rules)),
    history: await listHistory(repository),
  }, rules);
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
