import { findBetaBlocks } from "../../repository/beta_blocks.ts";
import type { BackupInfo } from "../../repository/info/backup_info.ts";
import type { BackupRecord } from "../../repository/info/backup_record.ts";
import { findBackup } from "../../repository/info/backup_info.ts";
import { fullOf } from "../../repository/label.ts";
import { COMPRESS_EXTENSIONS, copyOf, labelFolder, manifestPath } from "../../repository/layout.ts";
import type { Manifest } from "../../repository/manifest/manifest.ts";
import { recordOf } from "../../repository/manifest/record.ts";
import { storedOrder } from "../../repository/manifest/stored_order.ts";
import { isExpired, loadBackupManifest, type ManifestState } from "./backup_manifest.ts";
import { pageSizeOf, reportPages } from "./backup_pages.ts";
import { fileCheck, type FileRules } from "./file_checks.ts";
import { Outcomes } from "./outcomes.ts";
import { type BackupResult, count, newTally, wrongFiles } from "./result.ts";
import { runChecks, type WeighedCheck } from "./run_checks.ts";
import { findStrayFiles } from "./stray_files.ts";
import { type CheckFinding, checkKey, type StoredCheck } from "./stored_check.ts";
import type { VerifyRun } from "./verify_run.ts";

/** The backups to verify. */
export interface BackupQueue {
  /** Ascending, so that a backup comes behind those it refers to. */
  labels: readonly string[];
  info: BackupInfo;
  /** The backup that may be under way. */
  current: string | undefined;
}

/** What was found of the backups. */
export interface VerifiedBackups {
  results: BackupResult[];
  /** What those need whose manifest can be used. */
  records: BackupRecord[];
}

/** Verifies backups one after the other. A stored file is read once, however many backups of its set refer to it. */
export async function verifyBackups(run: VerifyRun, queue: BackupQueue): Promise<VerifiedBackups> {
  const verified: VerifiedBackups = { results: [], records: [] };
  const outcomes = new Outcomes();
  for (const [at, label] of queue.labels.entries()) {
    const set = fullOf(label);
    if (at > 0 && fullOf(queue.labels[at - 1]!) !== set) outcomes.clear();
    const isLast = fullOf(queue.labels[at + 1] ?? "") !== set;
    await verifyBackup(run, queue, { label, outcomes, isLast, verified });
  }
  return verified;
}

/** Verifies one backup, whose manifest is forgotten before that of the next is read: each may take 200 MB. */
async function verifyBackup(
  run: VerifyRun,
  queue: BackupQueue,
  { label, verified, ...rest }: Pick<BackupWork, "outcomes" | "isLast"> & { label: string; verified: VerifiedBackups },
): Promise<void> {
  const loaded = await loadBackupManifest(run.repository, { ...queue, label }, run.findings);
  if (loaded.state === "expired") return;
  const result = newResult(label, loaded);
  if (loaded.state === "usable") {
    const record = findBackup(queue.info, label);
    if (record === undefined) warnUnlisted(run, label);
    const beta = findBetaBlocks(queue.info, loaded.manifest.backup.references);
    await verifyFiles(run, { loaded, result, beta, passphrase: queue.info.cipherPass, ...rest });
    if (await wasExpiredMeanwhile(run, result)) return;
    verified.records.push(record ?? recordOf(loaded.manifest));
  }
  verified.results.push(result);
}

function warnUnlisted({ findings }: VerifyRun, label: string): void {
  findings.warn(
    `backup '${label}' is in the repository but not in backup.info\nHINT: the next backup or expire adds it.`,
  );
}

function warnBeta({ findings }: VerifyRun, { label, beta }: { label: string; beta: string }): void {
  findings.warn(
    `backup '${label}' refers to blocks of backup '${beta}' in the layout that pgbackrest had as a beta up to 2.45: ` +
      "the content of files in blocks is not verified, only what is stored",
  );
}

function newResult(label: string, { state }: ManifestState): BackupResult {
  const status = state === "usable" || state === "expired" ? "valid" : state;
  return { label, status, ...newTally(), missingWal: [], badPages: [] };
}

/** Files that are missing are a fault only of a backup that is still there. */
async function wasExpiredMeanwhile({ repository, findings }: VerifyRun, result: BackupResult): Promise<boolean> {
  if (result.problems.missing === 0) return false;
  const isGone = await isExpired(repository, result.label);
  if (isGone) findings.info(`backup '${result.label}' was expired while it was verified, skipping`);
  else findings.fault("content");
  return isGone;
}

/** A backup at work. */
interface BackupWork {
  loaded: Extract<ManifestState, { state: "usable" }>;
  result: BackupResult;
  outcomes: Outcomes;
  /** Whether no other backup of its set comes behind it, so that nobody asks for its outcomes. */
  isLast: boolean;
  /** Backup of the chain that has blocks only the peer's beta reads. */
  beta: string | undefined;
  /** Of the manifest. */
  passphrase: string | undefined;
}

async function verifyFiles(run: VerifyRun, work: BackupWork): Promise<void> {
  const { repository, findings } = run;
  const { loaded: { manifest, isCopy }, result, beta } = work;
  if (beta !== undefined && (run.content || run.pages)) warnBeta(run, { label: result.label, beta });
  if (!isCopy) await compareCopy(run, work);
  if (manifest.files.count === 0) {
    findings.problem(`backup '${result.label}' manifest does not contain any target files to verify`);
    findings.fault("info");
    result.status = "invalid";
    return;
  }
  const pageSize = run.pages ? await pageSizeOf(run, manifest) : undefined;
  const rules: FileRules = {
    stanza: repository.stanza,
    content: run.content,
    betaBlocks: beta !== undefined,
    ...(pageSize === undefined ? {} : { pageSize }),
  };
  const checked = runChecks(checksOf(manifest, rules, work), {
    ...run.checking(manifest.cipherPass),
    references: manifest.backup.references.map((label) => labelFolder(repository.stanza, label)),
    took: (check, finding, worker) => take(run, work, { check, finding, worker }),
  });
  await Promise.all([checked, findStrayFiles(run, manifest)]);
  if (wrongFiles(result) > 0) result.status = "invalid";
}

/** The checks of a backup's files; of those whose outcome is known already it is only counted. */
function* checksOf(manifest: Manifest, rules: FileRules, { result, outcomes }: BackupWork): Generator<WeighedCheck> {
  for (const row of storedOrder(manifest.files)) {
    const file = manifest.files.at(row);
    const check = fileCheck(file, manifest, rules);
    const known = check === undefined ? "valid" : outcomes.size === 0 ? undefined : outcomes.get(checkKey(check));
    if (known !== undefined) count(result, known);
    else yield { check: check!, bytes: file.repoSize };
  }
}

function take(
  run: VerifyRun,
  { loaded: { manifest }, result, outcomes, isLast }: BackupWork,
  { check, finding, worker }: { check: StoredCheck; finding: CheckFinding | undefined; worker: number },
): void {
  const outcome = finding?.problem ?? "valid";
  count(result, outcome);
  if (!isLast) outcomes.set(checkKey(check), outcome);
  if (finding?.pages !== undefined) reportPages(run, { name: check.name!, report: finding.pages, manifest, result });
  if (finding === undefined || outcome === "valid") return;
  run.findings.stored(finding, { name: shownName(check, manifest), worker });
  if (outcome !== "missing") run.findings.fault("content");
}

/** How messages name a file of a backup: also in a bundle as if it lay there by itself, as the peer does. */
function shownName({ path, name, range }: StoredCheck, { options: { compressType } }: Manifest): string {
  const [, , label, ...below] = path.split("/");
  return `${label}/${range === undefined ? below.join("/") : `${name}${COMPRESS_EXTENSIONS[compressType]}`}`;
}

/** The copy of a manifest has to say the same; where it does not, the manifest counts. */
async function compareCopy(run: VerifyRun, { loaded: { checksum }, result, passphrase }: BackupWork): Promise<void> {
  const { label } = result;
  const path = copyOf(manifestPath(run.repository.stanza, label));
  const check: StoredCheck = { path, content: { compressType: "none", raw: false, checksum } };
  await runChecks([{ check, bytes: 0 }], {
    ...run.checking(passphrase),
    took(_check, finding) {
      if (finding?.problem === undefined) return;
      const why = finding.problem === "missing" ? "is missing" : `is unusable: ${finding.error?.message}`;
      const what = finding.problem === "checksum" ? "does not match manifest" : why;
      run.findings.warn(`backup '${label}' manifest.copy ${what}`);
    },
  });
}
