import type { Invocation } from "../cli/invocation.ts";
import { openRepository } from "../context.ts";
import { errorText } from "../error.ts";
import type { ArchiveInfo } from "../repository/info/archive_info.ts";
import type { BackupInfo } from "../repository/info/backup_info.ts";
import type { BackupRecord } from "../repository/info/backup_record.ts";
import type { Repository } from "../repository/repository.ts";
import {
  emptyArchive,
  listArchiveIds,
  reportUnknownIds,
  type VerifiedArchive,
  verifyArchive,
} from "./verify/archive.ts";
import { type ArchiveFiles, listArchive } from "./verify/archive_files.ts";
import { verifyBackups } from "./verify/backup.ts";
import { Findings } from "./verify/findings.ts";
import { findStrayFolders, verifyHistory } from "./verify/history.ts";
import { loadInfoFiles } from "./verify/info_files.ts";
import { resultJson } from "./verify/json.ts";
import { refusedResult, type VerifyResult } from "./verify/result.ts";
import { type Scope, singleScope, wholeScope } from "./verify/scope.ts";
import { StrayNames } from "./verify/stray_files.ts";
import { resultText } from "./verify/text.ts";
import { isOk, verdict } from "./verify/verdict.ts";
import { type VerifyRun, verifyRun } from "./verify/verify_run.ts";
import { archiveIdOf, judgeWal, reportMissingWal } from "./verify/wal_ranges.ts";
import { commandPool } from "./work/pool.ts";
import { trackProgress } from "./work/progress.ts";

/** Reads what is stored for a stanza in one repository and compares it with what it has to be. Changes nothing. */
export async function run(invocation: Invocation): Promise<number> {
  const { configuration, log } = invocation;
  const repository = openRepository(invocation, configuration.options.selected("repo")[0]!);
  const findings = new Findings(log);
  return report(invocation, await verifyStanza(invocation, repository, findings), findings);
}

/** Logs and prints the result; what is wrong is the error of the command, unless option verify-exit says otherwise. */
function report(
  { configuration: { options }, log, output }: Invocation,
  result: VerifyResult,
  findings: Findings,
): number {
  const error = verdict(result, findings);
  const lenient = options.get("verify-exit") === "peer";
  const text = resultText(result, { verbose: options.get("verbose") ?? false, ok: isOk(result, findings) });
  if (text !== undefined) log.info(text);
  if (options.get("verify-json")) output(resultJson(result, findings, { code: lenient ? 0 : error?.code ?? 0 }));
  else if (text !== undefined && options.get("output") === "text") output(`${text}\n`);
  if (error === undefined) return 0;
  if (!lenient) throw error;
  log.warn(errorText(error));
  return 0;
}

async function verifyStanza(
  invocation: Invocation,
  repository: Repository,
  findings: Findings,
): Promise<VerifyResult> {
  const infos = await loadInfoFiles(repository, findings);
  if ("refused" in infos) return refusedResult(repository.stanza, infos.refused);
  const set = invocation.configuration.options.get("set");
  const scope = set === undefined
    ? await wholeScope(repository, infos.backup)
    : await singleScope(repository, set, infos.backup);
  if ("refused" in scope) return refusedResult(repository.stanza, scope.refused);
  return await verifyScope(invocation, { repository, findings, scope, ...infos });
}

/** What is verified, and the files it is verified with. */
interface Verification {
  repository: Repository;
  findings: Findings;
  scope: Scope;
  archive: ArchiveInfo;
  backup: BackupInfo;
}

async function verifyScope(invocation: Invocation, work: Verification): Promise<VerifyResult> {
  const { options } = invocation.configuration;
  const { repository, findings, scope } = work;
  const parts = {
    repository,
    findings,
    content: options.get("verify-content") ?? false,
    pages: options.get("verify-pages") ?? false,
    isWanted: scope.isWanted,
  };
  const listings = await listArchives({ ...parts }, work);
  using progress = trackProgress(invocation, { label: "verify", total: totalBytes(listings, work) });
  await using pool = commandPool(invocation, {
    kind: "verify-stored",
    signal: invocation.signal,
  });
  pool.onProgress = progress.add;
  return await verifyAll(verifyRun(parts, pool), work, listings);
}

/** The archives to verify: all, or the one a single backup needs. */
async function listArchives(
  run: Omit<VerifyRun, "checking">,
  { scope, archive }: Verification,
): Promise<ArchiveFiles[]> {
  const { ids, strays } = await listArchiveIds(run);
  const names = new StrayNames();
  for (const stray of strays) names.add(stray);
  const { single } = scope;
  const only = single?.record === undefined ? undefined : archiveIdOf(single.record, archive);
  const listings: ArchiveFiles[] = [];
  for (const id of ids.filter((id) => single === undefined || id === only)) {
    const listing = await listArchive(run.repository, id, run.isWanted);
    for (const stray of listing.strays) names.add(stray);
    listings.push(listing);
  }
  if (single === undefined) {
    reportUnknownIds(run, ids, archive);
    names.report(run, "archive");
  }
  return listings;
}

function totalBytes(listings: readonly ArchiveFiles[], { scope, backup }: Verification): number {
  const labels = new Set(scope.labels);
  const files = listings.flatMap(({ segments, others }) => [...segments, ...others]).map(({ size }) => size);
  const backups = backup.backups.filter(({ label }) => labels.has(label)).map(({ repoSizeDelta }) => repoSizeDelta);
  return [...files, ...backups].reduce((sum, size) => sum + size, 0);
}

async function verifyAll(run: VerifyRun, work: Verification, listings: readonly ArchiveFiles[]): Promise<VerifyResult> {
  const { scope, archive, backup } = work;
  const archives: VerifiedArchive[] = [];
  for (const listing of listings) archives.push(await verifyArchive(run, listing, archive));
  const { results: backups, records: all } = await verifyBackups(run, { ...scope, info: backup });
  const { single } = scope;
  const records = single === undefined ? all : all.filter(({ label }) => label === single.record?.label);
  const walDemand = { info: archive, records, backups };
  for (const each of withUnarchived(archives, records, archive)) await judgeWal(run, each, walDemand);
  await reportMissingWal(run, backups);
  const labels = new Set(scope.labels);
  const history = await verifyHistory(run, {
    passphrase: backup.cipherPass,
    isWanted: (label) => single === undefined || labels.has(label),
  });
  if (single === undefined) await findStrayFolders(run);
  return { stanza: run.repository.stanza, archives: archives.map(({ result }) => result), backups, history };
}

/** The archives, and empty ones for backups whose archive id has no folder at all. */
function withUnarchived(
  archives: readonly VerifiedArchive[],
  records: readonly BackupRecord[],
  info: ArchiveInfo,
): VerifiedArchive[] {
  const known = new Set(archives.map(({ result }) => result.id));
  const needed = new Set(records.map((record) => archiveIdOf(record, info)).filter((id) => id !== undefined));
  return [...archives, ...[...needed.difference(known)].map(emptyArchive)];
}
